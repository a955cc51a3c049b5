import type { AboutAnswer } from "#api/contract/status.ts";
import { CopyButton } from "../../components/button.tsx";
import { Panel } from "../../components/panel.tsx";
import { Name } from "../../components/text.tsx";

const DOORS = [
  { key: "ui", title: "Pages and API", note: "What you look at, and what programs ask" },
  { key: "otlpHttp", title: "OTLP over HTTP", note: "Protobuf and JSON; most SDKs" },
  { key: "otlpGrpc", title: "OTLP over gRPC", note: "Collectors, and SDKs set to grpc" },
] as const;

/** Where telemetry is sent, to be copied. */
export function Endpoints({ about: { endpoints, receivers } }: { about: AboutAnswer }) {
  const others = receivers.filter(({ type }) => !type.startsWith("otlp"));
  return (
    <Panel title="Endpoints" note="Where to send telemetry">
      <ul>
        {DOORS.map(({ key, title, note }) => (
          <Endpoint key={key} title={title} note={note} address={endpoints[key]} />
        ))}
        {others.map(({ type, address, state }) => (
          <Endpoint
            key={`${type} ${address}`}
            title={type}
            note={`Receiver, ${state}`}
            address={address}
          />
        ))}
      </ul>
      <p className="border-t border-line px-3 py-2 text-xs text-muted sm:px-4">
        These are addresses for programs on the machine that Sightglass runs on. Snippets for Node,
        Python, Go, Java and the Collector are on the overview.
      </p>
    </Panel>
  );
}

function Endpoint(props: { title: string; note: string; address: string | null }) {
  const { title, note, address } = props;
  return (
    <li className="flex items-center gap-3 border-b border-line px-3 py-1.5 last:border-0 sm:px-4">
      <div className="w-40 shrink-0">
        <p className="font-medium">
          <Name value={title} />
        </p>
        <p className="text-2xs text-faint">{note}</p>
      </div>
      <code className="min-w-0 flex-1 text-xs">
        {address === null ? "not served" : <Name value={address} />}
      </code>
      {address === null ? null : (
        <CopyButton text={address} label={`Copy the address of ${title}`} />
      )}
    </li>
  );
}
