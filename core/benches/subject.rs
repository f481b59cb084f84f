//! What a workflow pays for its identity.

#![allow(clippy::unwrap_used)] // a bench may stop at the first surprise

use arvo::{Environment, EventId, Limits, ManagedId, Subject, SubjectDraft};
use divan::{Bencher, black_box};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc; // as the addons do

fn main() {
    divan::main();
}

fn draft() -> SubjectDraft {
    Subject::root("arvo.orc.order", "com.shop.web").version("1.0.0").meta("redirectto", "com.shop.mail")
}

#[divan::bench(sample_size = 100)]
fn make_and_encode(bencher: Bencher) {
    let environment = Environment::system();
    bencher.bench_local(|| draft().build(&environment).map(|subject| subject.encode()));
}

#[divan::bench(sample_size = 100)]
fn make(bencher: Bencher) {
    let environment = Environment::system();
    bencher.bench_local(|| draft().build(&environment));
}

#[divan::bench(sample_size = 100)]
fn parse(bencher: Bencher) {
    let text = draft().build(&Environment::system()).unwrap().encode();
    let limits = Limits::default();
    bencher.bench_local(|| Subject::parse(black_box(&text), &limits));
}

#[divan::bench(sample_size = 100)]
fn cached(bencher: Bencher) {
    let text = draft().build(&Environment::system()).unwrap().encode();
    let limits = Limits::default();
    bencher.bench_local(|| Subject::cached(black_box(&text), &limits));
}

#[divan::bench(sample_size = 100)]
fn managed_id(bencher: Bencher) {
    let (environment, id) = (Environment::system(), EventId::ArvoManaged("order-1".into()));
    bencher.bench_local(|| id.make(&environment));
}

#[divan::bench(sample_size = 100)]
fn read_managed_id(bencher: Bencher) {
    let id = EventId::ArvoManaged("order-1".into()).make(&Environment::system());
    let limits = Limits::default();
    bencher.bench_local(|| ManagedId::parse(black_box(&id), &limits));
}

#[divan::bench(sample_size = 100)]
fn is_properly_encoded(bencher: Bencher) {
    let text = draft().build(&Environment::system()).unwrap().encode();
    bencher.bench_local(|| arvo::uri::is_properly_encoded(black_box(&text)));
}
