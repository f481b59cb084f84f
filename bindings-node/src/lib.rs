//! The crossing between JavaScript and the core: text in, text out.
