//! Exports the worker's spans by OTLP/HTTP where the environment names a receiver (`OTEL_EXPORTER_OTLP_ENDPOINT`; the
//! service's name is `OTEL_SERVICE_NAME`).
//!
//! A program of your own leaves [`Plain`] out: with its feature `reqwest-blocking-client` the crate `opentelemetry-otlp`
//! brings a client that speaks TLS too. The demo does without its fifty crates.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use arvo::BoxError;
use async_trait::async_trait;
use opentelemetry::global;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::trace::SdkTracerProvider;

const LIMIT: Duration = Duration::from_secs(10);

/// Traces executions from now on, if there is a receiver. The provider must be shut down at the end, so that its last
/// spans leave.
pub(crate) fn enable() -> Result<Option<SdkTracerProvider>, BoxError> {
    if std::env::var_os("OTEL_EXPORTER_OTLP_ENDPOINT").is_none() {
        return Ok(None);
    }
    let exporter = SpanExporter::builder().with_http().with_http_client(Plain).with_protocol(Protocol::HttpBinary);
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter.build()?).build();
    global::set_tracer_provider(provider.clone());
    arvo::otel::enable();
    Ok(Some(provider))
}

/// HTTP without TLS, a connection for each batch.
#[derive(Debug)]
struct Plain;

#[async_trait]
impl HttpClient for Plain {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let uri = request.uri();
        let host = uri.host().ok_or("the receiver's URL has no host")?;
        let mut stream = TcpStream::connect((host, uri.port_u16().unwrap_or(80)))?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.set_write_timeout(Some(LIMIT))?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        write!(stream, "{} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n", request.method())?;
        for (name, value) in request.headers() {
            write!(stream, "{name}: {}\r\n", value.to_str()?)?;
        }
        write!(stream, "content-length: {}\r\n\r\n", request.body().len())?;
        stream.write_all(request.body())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let status = std::str::from_utf8(answer.get(9..12).ok_or("no answer")?)?.parse::<u16>()?;
        Ok(Response::builder().status(status).body(Bytes::new())?)
    }
}
