/** What became of a request's rows, as OTLP's partial success has it. */
export interface Intake {
  accepted: number;
  rejected: number;
  /** Why rows were rejected: the first reason with its place, and how many others there were. Empty if none. */
  message: string;
}
