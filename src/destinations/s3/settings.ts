import { z } from "zod";
import { KEY_SETTINGS, refuseHalfKey, regionSchema } from "#pipeline/aws/key-settings.ts";
import { PARTITION_FORMATS } from "#pipeline/object-storage/partitions.ts";
import { flushInterval } from "#pipeline/outbound/request-settings.ts";

const MiB = 1_048_576;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

const STORAGE_CLASSES = [
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER",
  "DEEP_ARCHIVE",
  "GLACIER_IR",
  "EXPRESS_ONEZONE",
] as const;

/** The fields are those of the event pipeline of old; times are milliseconds. */
export const s3Settings = z
  .strictObject({
    bucket: z
      .string()
      .regex(BUCKET, "3 to 63 lower-case letters, digits, points and hyphens")
      .describe("The bucket.")
      .meta({ examples: ["cortex-observability"] }),
    region: regionSchema.describe("The bucket's region."),
    endpoint: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("Address of a service that is compatible with S3. Without it Amazon's.")
      .meta({ examples: ["https://minio.example.com:9000"] }),
    forcePathStyle: z
      .boolean()
      .optional()
      .describe(
        "Whether the bucket stands in the path, not in the host's name. Without it: only where there is an endpoint.",
      )
      .meta({ examples: [true] }),
    allowPrivate: z
      .boolean()
      .default(false)
      .describe("Whether the endpoint may be a private or loopback address."),
    ...KEY_SETTINGS,
    prefix: z
      .string()
      .max(512)
      .default("cortex-events")
      .describe("What the names of all objects begin with."),
    format: z
      .enum(["jsonl", "parquet"])
      .default("jsonl")
      .describe("Lines of JSON, or Apache Parquet with a column for what rows have in common."),
    partitioning: z
      .boolean()
      .default(true)
      .describe("Whether rows of different times go to objects in different folders."),
    partitionFormat: z
      .enum(PARTITION_FORMATS)
      .default("year/month/day")
      .describe("Those folders, by UTC. Those of the first and last are named as Hive does."),
    compression: z
      .boolean()
      .default(true)
      .describe("Whether lines are compressed with gzip, and Parquet's pages with Snappy."),
    compressionLevel: z.int().min(1).max(9).default(6).describe("gzip's level."),
    storageClass: z
      .enum(STORAGE_CLASSES)
      .default("STANDARD")
      .describe("How the objects are kept, and what that costs."),
    serverSideEncryption: z
      .enum(["AES256", "aws:kms", "aws:kms:dsse"])
      .nullish()
      .describe("How the service encrypts the objects. Without it: as the bucket says.")
      .meta({ examples: ["AES256"] }),
    kmsKeyId: z
      .string()
      .min(1)
      .nullish()
      .describe("The key in AWS KMS, for aws:kms. Without it: the account's own for S3.")
      .meta({ examples: ["arn:aws:kms:us-east-1:111122223333:key/1234abcd"] }),
    multipartThreshold: z
      .int()
      .min(5 * MiB)
      .max(5_120 * MiB)
      .default(5 * MiB)
      .describe("Bytes of an object from which on it is uploaded in parts, each about as large."),
    bufferSize: z.int().min(1).max(100_000).default(1_000).describe("Rows of an object, at most."),
    flushInterval: flushInterval(60_000, "How long rows wait for others to share an object with."),
  })
  .superRefine((settings, context) => {
    const { serverSideEncryption, kmsKeyId } = settings;
    refuseHalfKey(settings, context);
    if (kmsKeyId && !serverSideEncryption?.startsWith("aws:kms"))
      context.addIssue({
        code: "custom",
        path: ["kmsKeyId"],
        message: 'needs serverSideEncryption: "aws:kms"',
      });
  });

export type S3Settings = z.infer<typeof s3Settings>;
