//! Reads field offsets out of the kernel's type information.
//!
//! Only what is needed for that: the members of structures, found by name. The format is described in the kernel's
//! `Documentation/bpf/btf.rst`.

use std::{collections::HashMap, path::Path};

use anyhow::{Context as _, Result, bail, ensure};
use estatsd_ebpf::Field;

/// Where the kernel shows its own type information.
pub(super) const VMLINUX: &str = "/sys/kernel/btf/vmlinux";

const MAGIC: u16 = 0xeb9f;
const HEADER: usize = 24;

mod kind {
    pub(super) const INT: u32 = 1;
    pub(super) const PTR: u32 = 2;
    pub(super) const ARRAY: u32 = 3;
    pub(super) const STRUCT: u32 = 4;
    pub(super) const UNION: u32 = 5;
    pub(super) const ENUM: u32 = 6;
    pub(super) const TYPEDEF: u32 = 8;
    pub(super) const VOLATILE: u32 = 9;
    pub(super) const CONST: u32 = 10;
    pub(super) const RESTRICT: u32 = 11;
    pub(super) const FUNC_PROTO: u32 = 13;
    pub(super) const VAR: u32 = 14;
    pub(super) const DATASEC: u32 = 15;
    pub(super) const DECL_TAG: u32 = 17;
    pub(super) const TYPE_TAG: u32 = 18;
    pub(super) const ENUM64: u32 = 19;
}

/// Parsed type information.
pub(super) struct Btf {
    data: Vec<u8>,
    strings: usize,
    /// Position of each type's entry; type 0 is `void` and has none.
    types: Vec<usize>,
    structures: HashMap<String, u32>,
    enumerations: HashMap<String, u32>,
    typedefs: HashMap<String, u32>,
}

#[derive(Clone, Copy)]
struct Type {
    at: usize,
    name: u32,
    kind: u32,
    members: u32,
    bit_fields: bool,
    size_or_referent: u32,
}

#[derive(Clone, Copy)]
struct Member {
    name: u32,
    type_id: u32,
    bit_offset: u32,
    bit_size: u8,
}

impl Btf {
    /// Parses a file such as [`VMLINUX`].
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is no BTF of this machine's byte order.
    pub(super) fn from_file(path: impl AsRef<Path>) -> Result<Btf> {
        let path = path.as_ref();
        let data = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        Btf::parse(data).with_context(|| format!("{} is damaged", path.display()))
    }

    fn parse(data: Vec<u8>) -> Result<Btf> {
        ensure!(data.len() >= HEADER, "it is shorter than its header");
        ensure!(
            u16::from_ne_bytes([data[0], data[1]]) == MAGIC,
            "it is no BTF of this byte order"
        );
        let mut btf = Btf {
            data,
            strings: 0,
            types: vec![0],
            structures: HashMap::new(),
            enumerations: HashMap::new(),
            typedefs: HashMap::new(),
        };
        let header = btf.word(4)? as usize;
        let types = header + btf.word(8)? as usize;
        let types_end = types + btf.word(12)? as usize;
        btf.strings = header + btf.word(16)? as usize;
        ensure!(
            types_end <= btf.data.len() && btf.strings <= btf.data.len(),
            "its sections lie outside of it"
        );

        let mut at = types;
        while at < types_end {
            let entry = btf.entry(at)?;
            let id = u32::try_from(btf.types.len())?;
            if entry.name != 0 {
                let name = btf.string(entry.name)?.to_owned();
                let names = match entry.kind {
                    kind::STRUCT => Some(&mut btf.structures),
                    kind::ENUM => Some(&mut btf.enumerations),
                    kind::TYPEDEF => Some(&mut btf.typedefs),
                    _ => None,
                };
                // What is defined twice is a kernel module's matter; the first is the kernel's own.
                names.map(|names| names.entry(name).or_insert(id));
            }
            btf.types.push(at);
            at += 12 + entry.trailer();
        }
        Ok(btf)
    }

    /// Octets of a structure, if the kernel has it.
    #[must_use]
    pub(super) fn size_of(&self, structure: &str) -> Option<u32> {
        let id = *self.structures.get(structure)?;
        Some(self.type_by_id(id).ok()?.size_or_referent)
    }

    /// Finds a member by its path within a structure, such as `rx_opt.tstamp_ok` within `tcp_sock`.
    ///
    /// Each step may name a member of an anonymous structure, or of the embedded structure that a kernel object starts with
    /// (`struct sock` in `struct tcp_sock`). `None` when this kernel has no such member.
    #[must_use]
    pub(super) fn field(&self, structure: &str, path: &str) -> Option<Field> {
        let mut id = *self.structures.get(structure)?;
        let mut bits = 0;
        let mut bit_size = 0;
        for name in path.split('.') {
            let member = self.member(id, name, 0).ok()??;
            bits += member.bit_offset;
            bit_size = member.bit_size;
            id = member.type_id;
        }
        let size = if bit_size == 0 { self.size(id).ok()? } else { 1 };
        Some(Field {
            offset: bits / 8,
            size: u8::try_from(size).ok()?,
            shift: u8::try_from(bits % 8).ok()?,
            bits: bit_size,
            present: 1,
        })
    }

    /// The value of an enumerator, if the kernel has the enumeration and that in it.
    #[must_use]
    pub(super) fn enumerator(&self, enumeration: &str, name: &str) -> Option<u32> {
        let entry = self.type_by_id(*self.enumerations.get(enumeration)?).ok()?;
        (0..entry.members as usize)
            .map(|index| entry.at + 12 + index * 8)
            .find(|&at| {
                self.word(at)
                    .is_ok_and(|offset| self.string(offset).is_ok_and(|found| found == name))
            })
            .and_then(|at| self.word(at + 4).ok())
    }

    /// How many arguments a tracepoint passes, if the kernel has it: it is the type of a function that takes one pointer more.
    #[must_use]
    pub(super) fn tracepoint_arguments(&self, tracepoint: &str) -> Option<u32> {
        let id = *self.typedefs.get(&format!("btf_trace_{tracepoint}"))?;
        let pointer = self.type_by_id(self.resolve(id).ok()?).ok()?;
        let function = self.type_by_id(pointer.size_or_referent).ok()?;
        (pointer.kind == kind::PTR && function.kind == kind::FUNC_PROTO)
            .then(|| function.members.checked_sub(1))
            .flatten()
    }

    fn member(&self, structure: u32, name: &str, depth: usize) -> Result<Option<Member>> {
        ensure!(depth < 16, "structures are nested too deeply");
        let entry = self.type_by_id(self.resolve(structure)?)?;
        if entry.kind != kind::STRUCT && entry.kind != kind::UNION {
            return Ok(None);
        }
        for index in 0..entry.members as usize {
            let member = self.member_at(entry, index)?;
            if self.string(member.name)? == name {
                return Ok(Some(member));
            }
            let base = index == 0 && member.bit_offset == 0;
            if (member.name == 0 || base)
                && let Some(inner) = self.member(member.type_id, name, depth + 1)?
            {
                return Ok(Some(Member {
                    bit_offset: member.bit_offset + inner.bit_offset,
                    ..inner
                }));
            }
        }
        Ok(None)
    }

    fn member_at(&self, entry: Type, index: usize) -> Result<Member> {
        let at = entry.at + 12 + index * 12;
        let offset = self.word(at + 8)?;
        let (bit_offset, bit_size) = if entry.bit_fields {
            (offset & 0x00ff_ffff, (offset >> 24) as u8)
        } else {
            (offset, 0)
        };
        Ok(Member {
            name: self.word(at)?,
            type_id: self.word(at + 4)?,
            bit_offset,
            bit_size,
        })
    }

    /// Looks through typedefs and qualifiers.
    fn resolve(&self, mut id: u32) -> Result<u32> {
        for _ in 0..32 {
            let entry = self.type_by_id(id)?;
            match entry.kind {
                kind::TYPEDEF | kind::VOLATILE | kind::CONST | kind::RESTRICT | kind::TYPE_TAG => {
                    id = entry.size_or_referent;
                }
                _ => return Ok(id),
            }
        }
        bail!("type {id} refers to itself")
    }

    fn size(&self, id: u32) -> Result<u32> {
        let entry = self.type_by_id(self.resolve(id)?)?;
        Ok(match entry.kind {
            kind::PTR => u32::try_from(size_of::<usize>())?,
            kind::ARRAY => self.size(self.word(entry.at + 12)?)? * self.word(entry.at + 20)?,
            _ => entry.size_or_referent,
        })
    }

    fn type_by_id(&self, id: u32) -> Result<Type> {
        match self.types.get(id as usize) {
            Some(&at) if id != 0 => self.entry(at),
            _ => bail!("there is no type {id}"),
        }
    }

    fn entry(&self, at: usize) -> Result<Type> {
        let info = self.word(at + 4)?;
        Ok(Type {
            at,
            name: self.word(at)?,
            kind: info >> 24 & 0x1f,
            members: info & 0xffff,
            bit_fields: info >> 31 == 1,
            size_or_referent: self.word(at + 8)?,
        })
    }

    fn word(&self, at: usize) -> Result<u32> {
        let bytes = self.data.get(at..at + 4).context("it ends within an entry")?;
        Ok(u32::from_ne_bytes(bytes.try_into()?))
    }

    fn string(&self, offset: u32) -> Result<&str> {
        let tail = self
            .data
            .get(self.strings + offset as usize..)
            .context("a name lies outside of it")?;
        let end = tail.iter().position(|&octet| octet == 0).context("a name has no end")?;
        Ok(std::str::from_utf8(&tail[..end])?)
    }
}

impl Type {
    /// Octets that follow the entry's three words.
    fn trailer(self) -> usize {
        let members = self.members as usize;
        match self.kind {
            kind::INT | kind::VAR | kind::DECL_TAG => 4,
            kind::ARRAY => 12,
            kind::STRUCT | kind::UNION | kind::DATASEC | kind::ENUM64 => 12 * members,
            kind::ENUM | kind::FUNC_PROTO => 8 * members,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_ne_bytes()).collect()
    }

    /// `struct base { u32 a; }; struct outer { struct base head; struct { u32 flag : 3, rest : 5; }; }`
    fn sample() -> Vec<u8> {
        let strings = b"\0u32\0base\0a\0outer\0head\0flag\0rest\0";
        let (u32_name, base, a, outer, head, flag, rest) = (1, 5, 10, 12, 18, 23, 28);
        let types = words(&[
            u32_name,
            kind::INT << 24,
            4,
            32, // 1
            base,
            kind::STRUCT << 24 | 1,
            4,
            a,
            1,
            0, // 2
            0,
            1 << 31 | kind::STRUCT << 24 | 2,
            4,
            flag,
            1,
            3 << 24,
            rest,
            1,
            5 << 24 | 3, // 3
            outer,
            kind::STRUCT << 24 | 2,
            8,
            head,
            2,
            0,
            0,
            3,
            32, // 4
        ]);
        let mut data = MAGIC.to_ne_bytes().to_vec();
        data.extend([1, 0]);
        let (types_len, strings_len) = (
            u32::try_from(types.len()).unwrap(),
            u32::try_from(strings.len()).unwrap(),
        );
        data.extend(words(&[24, 0, types_len, types_len, strings_len]));
        data.extend(types);
        data.extend(strings);
        data
    }

    #[test]
    fn members_are_found_through_bases_and_anonymous_structures() {
        let btf = Btf::parse(sample()).unwrap();
        assert_eq!(btf.size_of("outer"), Some(8));
        assert_eq!(
            btf.field("outer", "a"),
            Some(Field {
                offset: 0,
                size: 4,
                shift: 0,
                bits: 0,
                present: 1
            })
        );
        assert_eq!(btf.field("outer", "head.a"), btf.field("outer", "a"));
        assert_eq!(
            btf.field("outer", "rest"),
            Some(Field {
                offset: 4,
                size: 1,
                shift: 3,
                bits: 5,
                present: 1
            })
        );
        assert_eq!(btf.field("outer", "absent"), None);
        assert_eq!(btf.field("absent", "a"), None);
    }

    #[test]
    fn enumerators_and_tracepoints_of_this_kernel_are_found() {
        let btf = Btf::from_file(VMLINUX).unwrap();
        assert_eq!(btf.enumerator("skb_drop_reason", "SKB_NOT_DROPPED_YET"), Some(0));
        assert_eq!(btf.enumerator("skb_drop_reason", "absent"), None);
        assert_eq!(btf.enumerator("absent", "SKB_NOT_DROPPED_YET"), None);
        // The socket and the segment; the socket, the old and the new state.
        assert_eq!(btf.tracepoint_arguments("tcp_probe"), Some(2));
        assert_eq!(btf.tracepoint_arguments("inet_sock_set_state"), Some(3));
        assert_eq!(btf.tracepoint_arguments("absent"), None);
    }

    #[test]
    fn damaged_input_is_an_error() {
        let whole = sample();
        for length in 0..whole.len() - 1 {
            // Cut within the strings, the types may still be whole; what matters is that nothing panics.
            let _ = Btf::parse(whole[..length].to_vec());
        }
        assert!(Btf::parse(vec![0; 64]).is_err());
    }
}
