//! Gives the shared library its name for the linker, so that programs find the version they were built against.

fn main() {
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let major = std::env::var("CARGO_PKG_VERSION_MAJOR").unwrap_or_default();
    match os.as_str() {
        "linux" | "freebsd" => println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libarvo.so.{major}"),
        "macos" => println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libarvo.{major}.dylib"),
        _ => {}
    }
    println!("cargo:rerun-if-changed=build.rs");
}
