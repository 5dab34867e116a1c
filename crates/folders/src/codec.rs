//! Bytes of our own files: small numbers in few bytes, and blocks that know whether they are whole.

use std::io::{self, Read, Write};

/// Why bytes of ours cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("damaged at {0}")]
pub(crate) struct Damaged(pub(crate) &'static str);

/// Appends values to a buffer.
pub(crate) trait Put {
    fn put_u8(&mut self, value: u8);
    fn put_uint(&mut self, value: u64);
    fn put_int(&mut self, value: i64);
    fn put_bytes(&mut self, bytes: &[u8]);
}

impl Put for Vec<u8> {
    fn put_u8(&mut self, value: u8) {
        self.push(value);
    }

    fn put_uint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.push(value as u8);
    }

    fn put_int(&mut self, value: i64) {
        // Small numbers of either sign become small.
        self.put_uint(((value << 1) ^ (value >> 63)) as u64);
    }

    fn put_bytes(&mut self, bytes: &[u8]) {
        self.put_uint(bytes.len() as u64);
        self.extend_from_slice(bytes);
    }
}

/// Takes values from the front of a slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Take<'a>(pub(crate) &'a [u8]);

impl<'a> Take<'a> {
    pub(crate) fn u8(&mut self) -> Result<u8, Damaged> {
        let (&first, rest) = self.0.split_first().ok_or(Damaged("a byte"))?;
        self.0 = rest;
        Ok(first)
    }

    pub(crate) fn uint(&mut self) -> Result<u64, Damaged> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Damaged("a number"))
    }

    pub(crate) fn int(&mut self) -> Result<i64, Damaged> {
        let value = self.uint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    pub(crate) fn slice(&mut self, len: u64) -> Result<&'a [u8], Damaged> {
        let len = usize::try_from(len).map_err(|_| Damaged("a length"))?;
        if len > self.0.len() {
            return Err(Damaged("a length"));
        }
        let (taken, rest) = self.0.split_at(len);
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Damaged> {
        let len = self.uint()?;
        self.slice(len)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        self.slice(N as u64)?.try_into().map_err(|_| Damaged("an array"))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

const SUM: usize = 16;
/// Bytes of a block before its payload.
pub(crate) const BLOCK_HEAD: u64 = 5;
/// Bytes of a block besides its payload.
pub(crate) const BLOCK_OVERHEAD: u64 = BLOCK_HEAD + SUM as u64;
/// No block of ours is larger; a longer one is damage, not a reason to allocate.
const MAX_BLOCK: usize = 64 << 20;

fn checksum(kind: u8, payload: &[u8]) -> [u8; SUM] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[kind]);
    hasher.update(payload);
    let mut sum = [0; SUM];
    sum.copy_from_slice(&hasher.finalize().as_bytes()[..SUM]);
    sum
}

/// Writes one block: length, kind, payload, checksum. One `write` call, so that a full disk tears at most this block.
pub(crate) fn write_block(out: &mut impl Write, kind: u8, payload: &[u8]) -> io::Result<()> {
    let mut block = Vec::with_capacity(payload.len() + 5 + SUM);
    block.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    block.push(kind);
    block.extend_from_slice(payload);
    block.extend_from_slice(&checksum(kind, payload));
    out.write_all(&block)
}

/// What reading the next block came to.
#[derive(Debug)]
pub(crate) enum NextBlock {
    /// A whole block of this kind; its payload is in the caller's buffer.
    Block(u8),
    /// The file ends exactly here.
    End,
    /// What follows is torn or changed.
    Damaged,
}

/// The length of the payload and the kind of the block that begins at the front of `start`.
pub(crate) fn block_head(start: &[u8]) -> Result<(usize, u8), Damaged> {
    let [a, b, c, d, kind, ..] = *start else { return Err(Damaged("a block")) };
    let len = u32::from_le_bytes([a, b, c, d]) as usize;
    if len > MAX_BLOCK { Err(Damaged("a block")) } else { Ok((len, kind)) }
}

/// Reads the next block into `payload`.
pub(crate) fn read_block(input: &mut impl Read, payload: &mut Vec<u8>) -> io::Result<NextBlock> {
    let mut head = [0; 5];
    match read_full(input, &mut head)? {
        0 => return Ok(NextBlock::End),
        5 => {}
        _ => return Ok(NextBlock::Damaged),
    }
    let len = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
    if len > MAX_BLOCK {
        return Ok(NextBlock::Damaged);
    }
    payload.clear();
    let wanted = (len + SUM) as u64;
    if input.take(wanted).read_to_end(payload)? as u64 != wanted {
        return Ok(NextBlock::Damaged);
    }
    let sum = payload.split_off(len);
    Ok(if checksum(head[4], payload) == sum[..] { NextBlock::Block(head[4]) } else { NextBlock::Damaged })
}

fn read_full(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_and_bytes_read_back(unsigned: u64, signed: i64, bytes: Vec<u8>) {
            let mut buffer = Vec::new();
            buffer.put_uint(unsigned);
            buffer.put_int(signed);
            buffer.put_bytes(&bytes);
            let mut take = Take(&buffer);
            prop_assert_eq!(take.uint(), Ok(unsigned));
            prop_assert_eq!(take.int(), Ok(signed));
            prop_assert_eq!(take.bytes(), Ok(&bytes[..]));
            prop_assert!(take.is_empty());
        }

        #[test]
        fn any_changed_byte_of_a_block_is_noticed(payload in proptest::collection::vec(any::<u8>(), 0..64), at: usize, flip in 1u8..) {
            let mut block = Vec::new();
            write_block(&mut block, 7, &payload).unwrap();
            let at = at % block.len();
            block[at] ^= flip;
            let mut buffer = Vec::new();
            let next = read_block(&mut &block[..], &mut buffer).unwrap();
            prop_assert!(matches!(next, NextBlock::Damaged), "{:?}", next);
        }

        #[test]
        fn a_torn_block_is_damage_and_never_a_shorter_one(payload: Vec<u8>, keep: usize) {
            let mut block = Vec::new();
            write_block(&mut block, 7, &payload).unwrap();
            block.truncate(1 + keep % (block.len() - 1));
            let whole = block.len();
            let mut buffer = Vec::new();
            let next = read_block(&mut &block[..], &mut buffer).unwrap();
            let cut = whole < payload.len() + 5 + SUM;
            prop_assert_eq!(matches!(next, NextBlock::Damaged), cut);
        }

        #[test]
        fn noise_is_read_without_panic(noise: Vec<u8>) {
            let mut take = Take(&noise);
            while take.bytes().is_ok() && !take.is_empty() {}
            let mut take = Take(&noise);
            while take.uint().is_ok() {}
        }
    }
}
