//! Finds every field of [`Layout`] in the running kernel.

use anyhow::{Result, bail};
use estatsd_ebpf::{
    Field, Layout,
    layout::{CONTROL_BLOCK, ENUMERATION, SIZE, TRACEPOINT, Wanted},
    snapshot::IMAGE_MAX,
};

use super::{
    btf::Btf,
    spans::{self, Kept},
};

/// The layout of one kernel, and what it lacks.
pub(super) struct Resolved {
    /// The fields.
    pub(super) layout: Layout,
    /// What is kept of the socket of a closed connection.
    pub(super) kept: Kept,
    /// Fields that this kernel does not have, or has in another size: the instruments that need them are masked.
    pub(super) missing: Vec<&'static Wanted>,
}

/// Finds what is wanted, whatever it is.
pub(super) fn find(btf: &Btf, wanted: &Wanted) -> Option<Field> {
    let fact = |value| Field {
        offset: value,
        size: wanted.size,
        present: 1,
        ..Field::default()
    };
    if wanted.within == TRACEPOINT {
        btf.tracepoint_arguments(wanted.path).map(fact)
    } else if let Some(enumeration) = wanted.within.strip_prefix(ENUMERATION) {
        btf.enumerator(enumeration, wanted.path).map(fact)
    } else if wanted.within == SIZE {
        btf.size_of(wanted.path).map(fact)
    } else if wanted.within == CONTROL_BLOCK {
        let block = btf.field("sk_buff", "cb")?;
        let field = btf.field(wanted.within, wanted.path)?;
        Some(Field {
            offset: block.offset + field.offset,
            ..field
        })
    } else {
        btf.field(wanted.within, wanted.path)
    }
}

/// The octet of an integer that has its low bits.
fn low_octet(field: Field) -> Field {
    let skip = if cfg!(target_endian = "big") {
        u32::from(field.size) - 1
    } else {
        0
    };
    Field {
        offset: field.offset + skip,
        ..field
    }
}

/// Finds the fields.
///
/// # Errors
///
/// A field that the programs themselves load is missing; the message names each.
pub(super) fn resolve(btf: &Btf) -> Result<Resolved> {
    let mut fields = [Field::default(); Layout::COUNT];
    let mut missing = Vec::new();
    for (field, wanted) in fields.iter_mut().zip(Layout::WANTED) {
        match find(btf, wanted) {
            // The programs load octets as bit-fields: what is one on some kernels is a whole octet on others.
            // Where more than an octet is there, its low bits are meant.
            Some(found) if found.bits == 0 && wanted.size == 1 => {
                *field = Field {
                    size: 1,
                    bits: 8,
                    ..low_octet(found)
                }
            }
            Some(found) if found.bits != 0 || found.size == wanted.size => *field = found,
            _ => missing.push(wanted),
        }
    }
    let required: Vec<_> = missing
        .iter()
        .filter(|w| w.required)
        .map(|w| format!("{}.{}", w.within, w.path))
        .collect();
    if !required.is_empty() {
        bail!(
            "this kernel lacks fields that estatsd cannot do without: {}",
            required.join(", ")
        );
    }
    let layout = Layout::from_fields(&fields);
    let size = layout.tcp_sock_size.offset;
    if size == 0 || size as usize > IMAGE_MAX {
        bail!("this kernel's tcp_sock has {size} octets; estatsd has room for {IMAGE_MAX}");
    }
    Ok(Resolved {
        layout,
        kept: spans::keep(&fields, size)?,
        missing,
    })
}
