/* A small exporter for C programs: what arvo_tracer is told becomes spans of OTLP/JSON, posted by a thread of its own
 * (post.h). By OpenTelemetry's variables: OTEL_EXPORTER_OTLP_ENDPOINT says where a collector listens
 * (http://localhost:4318), OTEL_SERVICE_NAME who we are. A trace that nobody began is sampled; else its beginner decides. */
#ifndef OTLP_H
#define OTLP_H

#include <stdbool.h>

/* Installs the tracer if the endpoint is set; whether it is. Once, before anything is executed. */
bool otlp_begin(void);
/* Removes it, and posts what is left; waits a few seconds for that at most. Does nothing if it was not installed. */
void otlp_end(void);

#endif
