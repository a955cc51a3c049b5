import type { OutboundResponse } from "#pipeline/outbound/outbound.ts";
import type { ObjectRequests } from "./object-requests.ts";

/** An object as it is uploaded. */
export interface UploadedObject {
  readonly key: string;
  readonly body: Buffer;
  /** Storage class, encryption, type. */
  readonly headers: Readonly<Record<string, string>>;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const PARTS_MAX = 10_000;
const PARTS_AT_ONCE_MAX = 4;
const ABORT_MS_MAX = 10_000;
/** Of what the service says about a refusal. */
const ANSWER_CHARACTERS_MAX = 300;

/** An answer of S3 that is none of success. */
export class S3Error extends Error {
  readonly status: number;
  /** Such as `SlowDown`; empty when it gave none. */
  readonly code: string;
  /** What its Retry-After header says. */
  readonly retryAfter: string | undefined;

  constructor(answer: OutboundResponse, what: string) {
    const text = answer.body.toString();
    const code = elementOf(text, "Code") ?? "";
    const said = elementOf(text, "Message") ?? text.slice(0, ANSWER_CHARACTERS_MAX);
    super(`${what}: HTTP ${answer.status}${code === "" ? "" : ` ${code}`}: ${said}`);
    this.name = "S3Error";
    this.status = answer.status;
    this.code = code;
    this.retryAfter = answer.headers["retry-after"];
  }
}

/** Uploads an object whole, or in parts of `partBytes` when it has more. An object of that name is overwritten. */
export async function upload(
  requests: ObjectRequests,
  object: UploadedObject,
  partBytes: number,
  cancel: AbortSignal,
): Promise<void> {
  if (object.body.length > partBytes) return uploadInParts(requests, object, partBytes, cancel);
  const { key, body, headers } = object;
  const answer = await requests.send({ method: "PUT", key, body, headers }, cancel);
  if (!isSuccess(answer)) throw new S3Error(answer, "PutObject");
}

/** What was begun is aborted when it fails: parts that nobody completes would be paid for. */
async function uploadInParts(
  requests: ObjectRequests,
  { key, body, headers }: UploadedObject,
  partBytes: number,
  cancel: AbortSignal,
): Promise<void> {
  const begun = await requests.send(
    { method: "POST", key, query: { uploads: "" }, headers },
    cancel,
  );
  const uploadId = isSuccess(begun) ? elementOf(begun.body.toString(), "UploadId") : undefined;
  if (uploadId === undefined) throw new S3Error(begun, "CreateMultipartUpload");
  try {
    const size = Math.max(partBytes, Math.ceil(body.length / PARTS_MAX));
    const tags = await uploadParts(requests, { key, body, uploadId, size }, cancel);
    await complete(requests, { key, uploadId, tags }, cancel);
  } catch (error) {
    await abort(requests, key, uploadId);
    throw error;
  }
}

/** The tags of the parts, in their order. */
async function uploadParts(
  requests: ObjectRequests,
  { key, body, uploadId, size }: { key: string; body: Buffer; uploadId: string; size: number },
  cancel: AbortSignal,
): Promise<string[]> {
  const count = Math.ceil(body.length / size);
  const tags: string[] = [];
  let next = 0;
  const failed = new AbortController();
  const either = AbortSignal.any([cancel, failed.signal]);
  const lane = async (): Promise<void> => {
    while (next < count) {
      const part = (next += 1);
      const answer = await requests.send(
        {
          method: "PUT",
          key,
          query: { partNumber: String(part), uploadId },
          body: body.subarray((part - 1) * size, part * size),
        },
        either,
      );
      const tag = answer.headers["etag"];
      if (!isSuccess(answer) || tag === undefined) throw new S3Error(answer, "UploadPart");
      tags[part - 1] = tag;
    }
  };
  const lanes = Array.from({ length: Math.min(PARTS_AT_ONCE_MAX, count) }, async () => {
    try {
      await lane();
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
  // All have ended before the upload is aborted: a part that arrives later would stay.
  const outcomes = await Promise.allSettled(lanes);
  if (failed.signal.aborted) throw failed.signal.reason;
  const rejected = outcomes.find((outcome) => outcome.status === "rejected");
  if (rejected !== undefined) throw rejected.reason;
  return tags;
}

async function complete(
  requests: ObjectRequests,
  { key, uploadId, tags }: { key: string; uploadId: string; tags: readonly string[] },
  cancel: AbortSignal,
): Promise<void> {
  const parts = tags.map(
    (tag, index) =>
      `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escapeXml(tag)}</ETag></Part>`,
  );
  const text = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join("")}</CompleteMultipartUpload>`;
  const answer = await requests.send(
    {
      method: "POST",
      key,
      query: { uploadId },
      headers: { "content-type": "application/xml" },
      body: Buffer.from(text),
    },
    cancel,
  );
  // It begins to answer before it is done: an error may stand in an answer of 200.
  const isDone = isSuccess(answer) && !answer.body.includes("<Error>");
  if (!isDone) throw new S3Error(answer, "CompleteMultipartUpload");
}

async function abort(requests: ObjectRequests, key: string, uploadId: string): Promise<void> {
  const request = { method: "DELETE", key, query: { uploadId } } as const;
  // The delivery may be cancelled; this is not. What cannot be aborted now is the bucket's lifecycle rule's.
  await requests.send(request, AbortSignal.timeout(ABORT_MS_MAX)).catch(() => undefined);
}

function isSuccess({ status }: OutboundResponse): boolean {
  return status >= 200 && status < 300;
}

/** The text of the first element of a name. */
function elementOf(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text
    ?.replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
