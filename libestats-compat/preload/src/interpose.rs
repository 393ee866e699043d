//! The exported functions. Each looks at the state of its descriptor and does the usual thing unless that is one of ours.

mod address;
mod lifetime;
mod many;
mod receive;
mod scattered;
mod send;
mod switch;
