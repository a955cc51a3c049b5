import type { ChangesAnswer, NewOperations } from "#api/contract/changes.ts";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { CheckIcon, WarnIcon } from "../../components/icons.tsx";
import { Failure, Loading, Nothing } from "../../components/notice.tsx";
import { ServiceName } from "../../components/service-name.tsx";
import { fullCount } from "../../lib/format.ts";
import { isOwnService } from "../../lib/queries.ts";
import { withTerm } from "../../lib/search-terms.ts";
import { momentText } from "../../lib/time.ts";
import { rangeWords, type TimeRange } from "../../lib/time-range.ts";
import { useZone } from "../../lib/use-zone.ts";
import { cut, visible } from "../../lib/visible-text.ts";
import { changeGroups, type ChangeGroup } from "./change-groups.ts";
import { changeTone, changeWords, changeWordsOfMany } from "./change-words.ts";
import { useChanges } from "./overview-queries.ts";

/** Changes that are drawn; more than a screen of them say one thing: everything moved. */
const CHANGES_SHOWN = 12;
const OPERATIONS_SHOWN = 6;
const NAMES_SHOWN = 6;
const EXAMPLE_CHARACTERS_MAX = 60;

/** What is not as it was in the equal range before, the largest and surest first. */
export function ChangesPanel({ range }: { range: TimeRange }) {
  const { data, error, refetch } = useChanges(range);
  if (data === undefined) {
    if (error === null) return <Loading rows={4} label="Asking what changed" />;
    return <Failure error={error.error} onRetry={() => void refetch()} />;
  }
  if (!data.isComparable) {
    return (
      <Nothing title="Too little was there before">
        This compares with an equal time before. It fills once there is one.
      </Nothing>
    );
  }
  return <Changes answer={data} range={range} />;
}

function Changes({ answer, range }: { answer: ChangesAnswer; range: TimeRange }) {
  const changes = answer.changes.filter(({ service }) => !isOwnService(service));
  const operations = answer.newOperations.filter(({ service }) => !isOwnService(service));
  const groups = changeGroups(changes);
  if (changes.length === 0 && operations.length === 0) {
    return (
      <Nothing title="Nothing changed">
        Every service does as it did before the {rangeWords(range)}.
      </Nothing>
    );
  }
  return (
    <ul>
      {groups.slice(0, CHANGES_SHOWN).map((group) => (
        <Change key={`${group.change.service} ${group.change.kind}`} group={group} />
      ))}
      {operations.slice(0, OPERATIONS_SHOWN).map((found) => (
        <Operations key={found.service} found={found} />
      ))}
      {groups.length > CHANGES_SHOWN ? (
        <li className="px-4 py-2 text-xs text-muted">
          And {fullCount(groups.length - CHANGES_SHOWN)} smaller ones.
        </li>
      ) : null}
    </ul>
  );
}

function Change({ group: { change, services } }: { group: ChangeGroup }) {
  const zone = useZone();
  const { service, kind, since } = change;
  const [nowMs] = useState(() => Date.now());
  const note = `since ${momentText(Date.parse(since), nowMs, zone)}`;
  const mark = <ToneMark tone={changeTone(change)} />;
  if (services.length > 1) {
    return (
      <Row mark={mark} note={note} title={changeWordsOfMany(change, services.length)}>
        <bdi>{namesOf(services)}</bdi>
      </Row>
    );
  }
  const search = withTerm("", "service", service);
  return (
    <Row
      mark={mark}
      note={note}
      service={service}
      search={kind === "errors" ? withTerm(search, "status", "error") : search}
    >
      {changeWords(change)}
    </Row>
  );
}

function namesOf(services: readonly string[]): string {
  const shown = services
    .slice(0, NAMES_SHOWN)
    .map((service) => visible(cut(service, EXAMPLE_CHARACTERS_MAX)));
  return `${shown.join(", ")}${services.length > NAMES_SHOWN ? " …" : ""}`;
}

function Operations({ found }: { found: NewOperations }) {
  const { service, operations, examples } = found;
  const names = examples.map((name) => visible(cut(name, EXAMPLE_CHARACTERS_MAX))).join(", ");
  const count = operations === 1 ? "A new operation" : `${fullCount(operations)} new operations`;
  return (
    <Row
      mark={<ToneMark tone="neutral" />}
      service={service}
      search={withTerm("", "service", service)}
    >
      {count}: <bdi>{names}</bdi>
      {operations > examples.length ? " …" : ""}
    </Row>
  );
}

function Row(
  props: { mark: ReactNode; note?: string; children: ReactNode } & (
    | { service: string; search: string }
    | { title: string }
  ),
) {
  const { mark, note, children } = props;
  return (
    <li className="relative flex min-w-0 items-start gap-2.5 border-b border-line px-3 py-2 last:border-b-0 hover:bg-hover sm:px-4">
      <span className="mt-0.5">{mark}</span>
      <div className="min-w-0 flex-1">
        <div className="flex min-w-0 items-baseline gap-3">
          {"title" in props ? (
            <span className="font-medium">{props.title}</span>
          ) : (
            <TracesLink service={props.service} search={props.search} />
          )}
          {note === undefined ? null : (
            <span className="ml-auto shrink-0 text-xs text-faint">{note}</span>
          )}
        </div>
        <p className="wrap-anywhere text-muted">{children}</p>
      </div>
    </li>
  );
}

/** Leads to the traces that show the change; its row is all of it. */
function TracesLink({ service, search }: { service: string; search: string }) {
  return (
    <Link
      to="/traces"
      search={{ q: search }}
      className="min-w-0 font-medium -outline-offset-2 after:absolute after:inset-0"
    >
      <ServiceName service={service} />
    </Link>
  );
}

function ToneMark({ tone }: { tone: "worse" | "better" | "neutral" }) {
  switch (tone) {
    case "worse":
      return <Mark words="Worse" look="text-bad" icon={<WarnIcon className="size-4" />} />;
    case "better":
      return <Mark words="Better" look="text-good" icon={<CheckIcon className="size-4" />} />;
    case "neutral":
      return (
        <Mark
          words="Changed"
          look="text-muted"
          icon={
            <span aria-hidden="true" className="inline-block w-4 text-center font-semibold">
              ~
            </span>
          }
        />
      );
  }
}

function Mark({ words, look, icon }: { words: string; look: string; icon: ReactNode }) {
  return (
    <span title={words} className={`inline-flex ${look}`}>
      {icon}
      <span className="sr-only">{words}</span>
    </span>
  );
}
