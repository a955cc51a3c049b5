import { useId, useState, type SubmitEvent } from "react";
import { AddressLink } from "../../components/address-link.tsx";
import { Button, IconButton } from "../../components/button.tsx";
import { BookmarkIcon, PencilIcon, TrashIcon } from "../../components/nav-icons.tsx";
import { Popover } from "../../components/popover.tsx";
import { Name } from "../../components/text.tsx";
import {
  deleteView,
  renameView,
  saveView,
  SAVED_VIEWS_MAX,
  useSavedViews,
  VIEW_NAME_CHARACTERS_MAX,
  type Kept,
  type SavedView,
} from "../../lib/saved-views.ts";
import { keptAddress } from "../../lib/share-link.ts";
import { visible } from "../../lib/visible-text.ts";

const PROBLEMS: Readonly<Record<Kept, string>> = {
  kept: "",
  full: `There are ${SAVED_VIEWS_MAX} views, which is as many as are kept: delete one first`,
  unnamed: "A view needs a name",
  "too long": "This page's address is too long to be kept",
  "name taken": "Another view has that name",
};

/** Views that this browser keeps: save what is shown, open, rename, delete. */
export function SavedViewsMenu() {
  return (
    <Popover
      title="Saved views"
      label="Saved views"
      button={<BookmarkIcon />}
      buttonClass="inline-flex size-7 shrink-0 items-center justify-center rounded-md text-muted transition-colors hover:bg-hover hover:text-text"
      panelClass="w-92"
    >
      {(close) => (
        <>
          <SaveForm />
          <Views onGo={close} />
        </>
      )}
    </Popover>
  );
}

function SaveForm() {
  const field = useId();
  const [name, setName] = useState("");
  const [kept, setKept] = useState<Kept | undefined>(undefined);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const outcome = saveView(name, keptAddress(new URL(location.href)));
    setKept(outcome);
    if (outcome === "kept") setName("");
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-1.5 border-b border-line p-3">
      <label htmlFor={field} className="text-xs font-medium">
        Keep this view as
      </label>
      <div className="flex gap-2">
        <input
          id={field}
          type="text"
          autoComplete="off"
          maxLength={VIEW_NAME_CHARACTERS_MAX}
          placeholder="Failed checkouts"
          value={name}
          onChange={(event) => {
            setName(event.target.value);
            setKept(undefined);
          }}
          className="h-7 min-w-0 flex-1 rounded-md border border-line-strong bg-surface px-2 placeholder:text-faint"
        />
        <Button type="submit">Save</Button>
      </div>
      <p role="status" className={`text-2xs ${kept === "kept" ? "text-good" : "text-bad"}`}>
        {kept === undefined ? "" : kept === "kept" ? "Kept in this browser" : PROBLEMS[kept]}
      </p>
    </form>
  );
}

function Views({ onGo }: { onGo: () => void }) {
  const views = useSavedViews();
  const [renamed, setRenamed] = useState<string | undefined>(undefined);
  if (views.length === 0) {
    return (
      <p className="p-4 text-center text-muted">
        Page, range, search and selection of a view are kept here, in this browser.
      </p>
    );
  }
  return (
    <ul className="p-1.5">
      {views.map((view) => (
        <li key={view.name}>
          {view.name === renamed ? (
            <RenameForm view={view} onDone={() => setRenamed(undefined)} />
          ) : (
            <div className="flex items-center rounded-md hover:bg-hover">
              <AddressLink
                address={view.address}
                onGo={onGo}
                className="min-w-0 flex-1 px-2 py-1.5 -outline-offset-2"
              >
                <Name value={view.name} />
              </AddressLink>
              <IconButton
                label={`Rename ${visible(view.name)}`}
                onClick={() => setRenamed(view.name)}
              >
                <PencilIcon className="size-3.5" />
              </IconButton>
              <IconButton
                label={`Delete ${visible(view.name)}`}
                onClick={() => deleteView(view.name)}
              >
                <TrashIcon className="size-3.5" />
              </IconButton>
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

function RenameForm({ view, onDone }: { view: SavedView; onDone: () => void }) {
  const [name, setName] = useState(view.name);
  const [kept, setKept] = useState<Kept>("kept");
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const outcome = renameView(view.name, name);
    setKept(outcome);
    if (outcome === "kept") onDone();
  };
  return (
    <form onSubmit={submit} className="p-1">
      <div className="flex gap-2">
        <input
          type="text"
          aria-label={`New name of ${visible(view.name)}`}
          autoComplete="off"
          maxLength={VIEW_NAME_CHARACTERS_MAX}
          value={name}
          onChange={(event) => setName(event.target.value)}
          className="h-7 min-w-0 flex-1 rounded-md border border-line-strong bg-surface px-2"
        />
        <Button type="submit">Rename</Button>
        <Button onClick={onDone}>Cancel</Button>
      </div>
      {kept === "kept" ? null : (
        <p role="alert" className="mt-1 text-2xs text-bad">
          {PROBLEMS[kept]}
        </p>
      )}
    </form>
  );
}
