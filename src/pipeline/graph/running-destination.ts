import type { DeliveringDestination } from "../delivery/delivering-destination.ts";
import type { MemberState } from "../delivery/destination-group.ts";
import type { JournalConsumer, JournalConsumerOptions } from "../journal/journal.ts";
import { fileNameOf } from "./component-names.ts";
import type { DestinationSpec } from "./graph-spec.ts";

/** What follows a journal for a destination. */
export interface MadeDelivery {
  readonly delivering: DeliveringDestination;
  /** Of a group: how its members are doing. */
  readonly members: () => readonly MemberState[] | undefined;
  /** Has its metrics forgotten. */
  readonly forget: () => void;
}

/** A destination in its place in a running pipeline. */
export class RunningDestination implements MadeDelivery {
  readonly spec: DestinationSpec;
  readonly consumer: JournalConsumer;
  readonly delivering: DeliveringDestination;
  readonly members: MadeDelivery["members"];
  readonly forget: () => void;

  constructor(spec: DestinationSpec, consumer: JournalConsumer, made: MadeDelivery) {
    this.spec = spec;
    this.consumer = consumer;
    this.delivering = made.delivering;
    this.members = made.members;
    this.forget = made.forget;
  }

  get name(): string {
    return this.spec.name;
  }

  /**
   * A destination that is new gets what comes from now on. The journal still has what the others are
   * done with, which is not its own, and may have been written without what reading it alone needs.
   */
  static consumerOptions({ name, delivery }: DestinationSpec): JournalConsumerOptions {
    return {
      name: fileNameOf(name),
      policy: delivery.whenFull,
      bytesMax: delivery.queueBytesMax,
      ...(delivery.queueAgeMax === undefined ? {} : { ageMsMax: delivery.queueAgeMax }),
      begins: "end",
    };
  }
}
