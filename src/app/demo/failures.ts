import type { Thrown } from "./facts.ts";
import { type KeyValue, text } from "./otlp-shape.ts";
import type { Random } from "./random.ts";
import { type Language, SERVICES, type ServiceName } from "./shop.ts";

const BELOW: Readonly<Record<Language, readonly string[]>> = {
  nodejs: ["process.processTicksAndRejections (node:internal/process/task_queues:105:5)"],
  go: [
    "net/http.(*conn).serve (net/http/server.go:2102)",
    "runtime.goexit (runtime/asm_amd64.s:1700)",
  ],
  java: [
    "org.springframework.web.servlet.DispatcherServlet.doDispatch(DispatcherServlet.java:1089)",
    "java.base/java.lang.VirtualThread.run(VirtualThread.java:309)",
  ],
  python: ['File "/usr/lib/python3.13/asyncio/runners.py", line 118, in run'],
  dotnet: ["at Microsoft.AspNetCore.Routing.EndpointMiddleware.Invoke(HttpContext httpContext)"],
};

/** An exception of the service, as it comes out of its code. */
export function thrownBy(service: ServiceName, random: Random): Thrown {
  const { exceptions, language } = SERVICES[service];
  const template = random.pick(exceptions);
  const message = template.message.replace("{n}", String(random.whole(1, 9)));
  const frames = [...template.frames, ...BELOW[language]].map((frame) => `    ${frame}`);
  return { template, message, stack: [`${template.type}: ${message}`, ...frames].join("\n") };
}

/** The span event that an SDK records for it. */
export function stackOf(thrown: Thrown): { name: string; attributes: readonly KeyValue[] } {
  return { name: "exception", attributes: exceptionAttributes(thrown) };
}

export function exceptionAttributes({ template, message, stack }: Thrown): readonly KeyValue[] {
  return [
    text("exception.type", template.type),
    text("exception.message", message),
    text("exception.stacktrace", stack),
  ];
}
