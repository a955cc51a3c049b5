// A server that is compatible with S3, in a process of its own: prints its address, and ends with its standard input.
import { S3Server } from "#destinations/s3/testing/s3-server.ts";

const server = await S3Server.start();
console.log(JSON.stringify({ endpoint: server.endpoint, bucket: server.bucket }));
process.stdin.resume();
process.stdin.on("end", () => void server.stop());
