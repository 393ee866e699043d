//! Which parts of a `tcp_sock` the programs hand over when a connection closes.

use anyhow::{Result, ensure};
use estatsd_ebpf::{Field, Layout, Span, Spans, layout::Wanted};

/// The structures that a `tcp_sock` begins with, and itself.
const WITHIN: [&str; 3] = ["tcp_sock", "sock", "sock_common"];

/// What is kept of a closed connection's socket.
pub(super) struct Kept {
    /// Which parts, for the programs.
    pub(super) spans: Spans,
    /// Where the fields are once the parts lie one behind the other.
    pub(super) layout: Layout,
}

/// The parts that hold all fields of a socket, and the layout of these parts.
///
/// # Errors
///
/// Fields overlap the end of a socket.
pub(super) fn keep(fields: &[Field; Layout::COUNT], tcp_sock_size: u32) -> Result<Kept> {
    let of_socket = |wanted: &Wanted| WITHIN.contains(&wanted.within);
    let found = fields.iter().zip(Layout::WANTED);
    let parts = covering(
        found
            .filter(|(field, wanted)| of_socket(wanted) && field.present != 0)
            .map(|(field, _)| *field),
    );
    let length = parts.iter().map(|part| part.length).sum();
    ensure!(
        parts
            .iter()
            .all(|part| part.offset + part.length <= tcp_sock_size.next_multiple_of(8)),
        "fields of a socket lie behind its end"
    );
    let mut packed = *fields;
    for (field, wanted) in packed.iter_mut().zip(Layout::WANTED) {
        if of_socket(wanted) && field.present != 0 {
            field.offset = place(&parts, field.offset);
        }
    }
    let mut spans = Spans {
        length: u64::from(length),
        ..Spans::NONE
    };
    spans.parts[..parts.len()].copy_from_slice(&parts);
    let mut layout = Layout::from_fields(&packed);
    layout.tcp_sock_size.offset = length;
    Ok(Kept { spans, layout })
}

/// At most [`Spans::COUNT`] parts, in ascending order, that hold these fields. Each begins and ends at a multiple of 8, as items of the
/// ring do.
fn covering(fields: impl Iterator<Item = Field>) -> Vec<Span> {
    let mut parts: Vec<(u32, u32)> = fields
        .map(|field| {
            (
                field.offset & !7,
                (field.offset + u32::from(field.size)).next_multiple_of(8),
            )
        })
        .collect();
    parts.sort_unstable();
    parts.dedup_by(|next, part| {
        let touches = next.0 <= part.1;
        if touches {
            part.1 = part.1.max(next.1);
        }
        touches
    });
    // Where there are more, the smallest gaps are copied as well.
    while parts.len() > Spans::COUNT
        && let Some(first) = (1..parts.len()).min_by_key(|&second| parts[second].0 - parts[second - 1].1)
    {
        parts[first - 1].1 = parts[first].1;
        parts.remove(first);
    }
    let span = |(start, end)| Span {
        offset: start,
        length: end - start,
    };
    parts.into_iter().map(span).collect()
}

/// Where an octet of the socket is among the parts.
fn place(parts: &[Span], offset: u32) -> u32 {
    let mut before = 0;
    for part in parts {
        if offset < part.offset + part.length {
            return before + (offset - part.offset);
        }
        before += part.length;
    }
    before
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(offset: u32, size: u8) -> Field {
        Field {
            offset,
            size,
            present: 1,
            ..Field::default()
        }
    }

    #[test]
    fn parts_hold_fields_whole_and_join_where_they_touch() {
        let parts = covering([field(100, 4), field(20, 8), field(24, 4), field(12, 2)].into_iter());
        let ends: Vec<_> = parts.iter().map(|part| (part.offset, part.length)).collect();
        assert_eq!(ends, [(8, 24), (96, 8)]);
        assert_eq!([12, 20, 24, 100].map(|offset| place(&parts, offset)), [4, 12, 16, 28]);
    }

    #[test]
    fn of_too_many_parts_the_nearest_join() {
        // Gaps of 8, 16, 24 ... octets.
        let starts = (0..=u32::try_from(Spans::COUNT).unwrap() + 1).map(|index| 8 * index * (index + 3) / 2);
        let parts = covering(starts.map(|offset| field(offset, 8)));
        assert_eq!(parts.len(), Spans::COUNT);
        assert_eq!((parts[0].offset, parts[0].length), (0, 48));
    }

    #[test]
    fn a_field_reads_the_same_from_the_parts() {
        let mut fields = [Field::default(); Layout::COUNT];
        for (field, (wanted, offset)) in fields.iter_mut().zip(Layout::WANTED.iter().zip((0..).step_by(13))) {
            if WITHIN.contains(&wanted.within) {
                *field = self::field(offset, wanted.size);
            }
        }
        let socket: Vec<u8> = (0..4096u16).flat_map(u16::to_le_bytes).take(4096).collect();
        let kept = keep(&fields, 4096).unwrap();
        let image: Vec<u8> = kept
            .spans
            .parts
            .iter()
            .flat_map(|part| &socket[part.offset as usize..][..part.length as usize])
            .copied()
            .collect();
        assert_eq!(image.len() as u64, kept.spans.length);
        let whole = Layout::from_fields(&fields);
        for (of_socket, of_parts) in [
            (whole.snd_una, kept.layout.snd_una),
            (whole.skc_state, kept.layout.skc_state),
            (whole.bytes_sent, kept.layout.bytes_sent),
        ] {
            let octets =
                |image: &[u8], field: Field| image[field.offset as usize..][..usize::from(field.size)].to_vec();
            assert_eq!(octets(&socket, of_socket), octets(&image, of_parts));
        }
    }
}
