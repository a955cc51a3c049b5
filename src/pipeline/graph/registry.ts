import type { z } from "zod";
import type { Signal } from "#core/signal.ts";
import type { Claim } from "../claims.ts";
import type { OptionalPackage, ReadVariable } from "../optional-packages.ts";
import type {
  Destination,
  DestinationContext,
  OnError,
  Processor,
  ProcessorContext,
  Receiver,
  ReceiverContext,
  Stability,
} from "../component.ts";

/** What `defineComponent` declares, of any kind. */
interface Definition<Settings, Context, Component> {
  readonly type: string;
  readonly summary: string;
  readonly signals: Readonly<Partial<Record<Signal, Stability>>>;
  readonly settings: z.ZodType<Settings>;
  readonly onError?: OnError;
  readonly holds?: true;
  readonly claims?: (settings: Settings) => readonly Claim[];
  readonly packages?: (settings: Settings, variable: ReadVariable) => readonly OptionalPackage[];
  create(settings: Settings, context: Context): Component;
}

/** A type of component that configurations may name. Which settings it takes is known to itself alone. */
export interface Registered<Context, Component> {
  readonly type: string;
  readonly summary: string;
  readonly signals: Readonly<Partial<Record<Signal, Stability>>>;
  readonly settings: z.ZodType;
  /** Of a processor: what becomes of a batch at which it fails, where the configuration does not say. */
  readonly onError: OnError;
  /** Of a processor: whether it holds traces, and so stands last in its pipeline. */
  readonly holds?: boolean;
  /** Judges settings; what it gives back makes components with them. */
  parse(settings: unknown): ParsedSettings<Context, Component>;
}

export type ParsedSettings<Context, Component> =
  | {
      readonly success: true;
      readonly create: (context: Context) => Component;
      readonly claims: readonly Claim[];
      readonly packages?: (variable: ReadVariable) => readonly OptionalPackage[];
    }
  | { readonly success: false; readonly issues: readonly z.core.$ZodIssue[] };

/** The components of one kind. Those that a graph names are loaded; of the others only the types are known. */
export interface KnownComponents<Context, Component> {
  readonly types: readonly string[];
  get(type: string): Registered<Context, Component> | undefined;
}

/** Every component that there is, by kind. */
export interface ComponentRegistry {
  readonly receivers: KnownComponents<ReceiverContext, Receiver>;
  readonly processors: KnownComponents<ProcessorContext, Processor>;
  readonly destinations: KnownComponents<DestinationContext, Destination>;
}

const noClaims = (): readonly Claim[] => [];

/** Makes a component known, for a {@link ComponentRegistry}. */
export function register<Settings, Context, Component>(
  definition: Definition<Settings, Context, Component>,
): Registered<Context, Component> {
  const { type, summary, signals, settings, onError = "pass", claims = noClaims } = definition;
  const { holds = false, packages = () => [] } = definition;
  return {
    type,
    summary,
    signals,
    settings,
    onError,
    holds,
    parse(value) {
      const parsed = settings.safeParse(value);
      if (!parsed.success) return { success: false, issues: parsed.error.issues };
      const { data } = parsed;
      const create = (context: Context): Component => definition.create(data, context);
      return {
        success: true,
        create,
        claims: claims(data),
        packages: (variable) => packages(data, variable),
      };
    },
  };
}
