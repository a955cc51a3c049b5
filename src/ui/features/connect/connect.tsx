import { CopyButton } from "../../components/button.tsx";
import { Failure, Loading } from "../../components/notice.tsx";
import { Tabs } from "../../components/tabs.tsx";
import { useAbout } from "../../lib/queries.ts";
import { token } from "../../lib/token.ts";
import { doorsOf, snippetsFor, type Doors, type Signal } from "./snippets.ts";

/** The doors of this Sightglass and a snippet for each way to send to them. */
export function Connect(props: {
  snippet: string | undefined;
  onSnippet: (id: string) => void;
  /** What the snippets send first of all; traces when left out. */
  signal?: Signal;
}) {
  const about = useAbout();
  if (about.data === undefined) {
    return about.error === null ? (
      <Loading rows={6} label="Asking for the addresses" />
    ) : (
      <Failure error={about.error.error} onRetry={() => void about.refetch()} />
    );
  }
  const doors = doorsOf(about.data, token() !== undefined, location.hostname);
  return (
    <>
      <Addresses doors={doors} />
      <Snippets doors={doors} {...props} />
    </>
  );
}

function Addresses({ doors }: { doors: Doors }) {
  const rows = [
    { name: "OTLP/HTTP", address: doors.otlpHttp },
    { name: "OTLP/gRPC", address: doors.otlpGrpc },
    { name: "UI and API", address: doors.ui },
  ];
  return (
    <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 px-3 py-2 sm:px-4">
      {rows.map(({ name, address }) => (
        <div key={name} className="col-span-2 grid grid-cols-subgrid items-center">
          <dt className="text-xs text-muted">{name}</dt>
          <dd className="flex min-h-7 min-w-0 items-center gap-1">
            {address === undefined ? (
              <span className="text-faint">not served</span>
            ) : (
              <>
                <code className="min-w-0 truncate font-mono text-xs">{address}</code>
                <CopyButton text={address} label={`Copy the ${name} address`} />
              </>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Snippets(props: {
  doors: Doors;
  snippet: string | undefined;
  onSnippet: (id: string) => void;
  signal?: Signal;
}) {
  const snippets = snippetsFor(props.doors, props.signal);
  const shown = snippets.find(({ id }) => id === props.snippet) ?? snippets[0];
  if (shown === undefined) {
    return (
      <p className="px-4 pb-4 text-muted">
        OTLP/HTTP is switched off in the configuration; the snippets need it.
      </p>
    );
  }
  return (
    <div className="border-t border-line">
      <Tabs label="Ways to send" tabs={snippets} selected={shown.id} onSelect={props.onSnippet}>
        <p className="px-3 pt-2.5 text-xs text-muted sm:px-4">{shown.how}</p>
        <div className="relative m-3 sm:mx-4">
          <pre
            tabIndex={0}
            aria-label={`Snippet for ${shown.title}`}
            className="max-h-80 overflow-auto rounded-md border border-line bg-sunken p-3 pr-11 font-mono text-xs leading-relaxed"
          >
            <Code text={shown.code} />
          </pre>
          <div className="absolute top-1.5 right-1.5 rounded-md bg-sunken">
            <CopyButton text={shown.code} label="Copy the snippet" />
          </div>
        </div>
      </Tabs>
    </div>
  );
}

/** Comments stand back; nothing else is coloured. */
function Code({ text }: { text: string }) {
  return text.split("\n").map((line, index) => {
    const comment = /^\s*(#|\/\/)|\s#\s/.exec(line);
    const at = comment === null ? line.length : comment.index;
    return (
      <span key={index} className="block min-h-[1lh]">
        {line.slice(0, at)}
        {comment === null ? null : <span className="text-faint">{line.slice(at)}</span>}
      </span>
    );
  });
}
