import { z } from "zod";
import { DestinationGroup, type GroupOrder } from "../delivery/destination-group.ts";
import type { DestinationSpec } from "./graph-spec.ts";

/** The type of a destination that is made of others, declared beside it. */
export const GROUP_TYPE = "group";

const ORDERS = ["failover", "round_robin", "least_pending"] as const satisfies GroupOrder[];

export const groupSettingsSchema = z.strictObject({
  order: z
    .enum(ORDERS, { error: `one of ${ORDERS.join(", ")}` })
    .default("failover")
    .describe(
      "Which member rows go to: the first that is well, each in turn, or the one with the fewest deliveries under way.",
    ),
  members: z
    .array(z.string({ error: "a name" }), { error: "a list of names of destinations" })
    .min(1, { error: "at least one destination" })
    .describe(
      "Destinations, which then are in no pipeline themselves; for `failover` in order of preference. How often and how long is tried is said in the `delivery` of the group.",
    )
    .meta({ examples: [["webhook/first", "webhook/second"]] }),
});

/** Several destinations as one, with one cursor: its delivery settings are those of each member. */
export function groupSpec(
  group: Pick<DestinationSpec, "name" | "delivery" | "when" | "written"> & {
    readonly order: GroupOrder;
    readonly members: readonly DestinationSpec[];
  },
): DestinationSpec {
  const { order, members, ...told } = group;
  const { name, delivery } = told;
  const { attemptTimeout } = delivery;
  return {
    ...told,
    type: GROUP_TYPE,
    // Each member has its own claims, which are found at its own entry.
    claims: [],
    members,
    // An attempt at the group is one at each member, one after the other.
    delivery: { ...delivery, attemptTimeout: attemptTimeout * members.length },
    create(contextOf) {
      const { clock, log } = contextOf(name);
      return new DestinationGroup({
        order,
        members: members.map((member) => ({
          name: member.name,
          destination: member.create(contextOf),
        })),
        memberMsMax: attemptTimeout,
        breaker: delivery,
        clock,
        onChange: (member, state) => {
          if (state === "open") log.warn("A member of a group is given a rest", { member });
          if (state === "closed") log.info("A member of a group is well again", { member });
        },
      });
    },
  };
}
