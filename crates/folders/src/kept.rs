//! What a side shows of the attributes that are kept in step by option, as the baseline remembers it.

use crate::codec::{Damaged, Put, Take};
use crate::config::Keep;

/// What tells one set of extended attributes from another: the beginning of a BLAKE3. All zeros means that there are
/// none, which is what nearly every file has.
pub(crate) type Sum = [u8; 16];

/// The sum of no attributes at all.
pub(crate) const NO_ATTRIBUTES: Sum = [0; 16];

/// What one side shows. `None` is what nobody has looked at, or what the side could not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Kept {
    pub(crate) owner: Option<(u32, u32)>,
    pub(crate) xattrs: Option<Sum>,
    pub(crate) acls: Option<Sum>,
}

/// What each side shows: left, right; nothing for items that keep nothing by option.
pub(crate) type KeptSides = Option<Box<[Kept; 2]>>;

/// One value of a [`Kept`], to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    Owner(u32, u32),
    Sum(Sum),
}

const OWNER: u8 = 1;
const XATTRS: u8 = 2;
const SOME_XATTRS: u8 = 4;
const ACLS: u8 = 8;
const SOME_ACLS: u8 = 16;
/// The right side shows what the left one does.
const SAME: u8 = 32;

impl Kept {
    /// The value of one kind of metadata. Hard links are no attribute of a single name and have none.
    pub(crate) fn value(&self, what: Keep) -> Option<Value> {
        match what {
            Keep::Owner => self.owner.map(|(uid, gid)| Value::Owner(uid, gid)),
            Keep::Xattrs => self.xattrs.map(Value::Sum),
            Keep::Acls => self.acls.map(Value::Sum),
            Keep::HardLinks => None,
        }
    }

    /// Takes one kind of metadata over from `other`.
    pub(crate) fn take_over(&mut self, what: Keep, other: &Self) {
        match what {
            Keep::Owner => self.owner = other.owner,
            Keep::Xattrs => self.xattrs = other.xattrs,
            Keep::Acls => self.acls = other.acls,
            Keep::HardLinks => {}
        }
    }

    pub(crate) fn encode_sides([left, right]: &[Self; 2], out: &mut Vec<u8>) {
        let same = left == right;
        left.encode(out, if same { SAME } else { 0 });
        if !same {
            right.encode(out, 0);
        }
    }

    fn encode(&self, out: &mut Vec<u8>, flags: u8) {
        let owner = if self.owner.is_some() { OWNER } else { 0 };
        let sum = |sum: Option<Sum>, known, some| match sum {
            None => 0,
            Some(NO_ATTRIBUTES) => known,
            Some(_) => known | some,
        };
        out.put_u8(flags | owner | sum(self.xattrs, XATTRS, SOME_XATTRS) | sum(self.acls, ACLS, SOME_ACLS));
        if let Some((uid, gid)) = self.owner {
            out.put_uint(u64::from(uid));
            out.put_uint(u64::from(gid));
        }
        for sum in [self.xattrs, self.acls].into_iter().flatten().filter(|sum| *sum != NO_ATTRIBUTES) {
            out.extend_from_slice(&sum);
        }
    }

    pub(crate) fn decode_sides(take: &mut Take<'_>) -> Result<[Self; 2], Damaged> {
        let (left, flags) = Self::decode(take)?;
        let right = if flags & SAME != 0 { left } else { Self::decode(take)?.0 };
        Ok([left, right])
    }

    fn decode(take: &mut Take<'_>) -> Result<(Self, u8), Damaged> {
        let flags = take.u8()?;
        let number = |take: &mut Take<'_>| u32::try_from(take.uint()?).map_err(|_| Damaged("an owner"));
        let owner = if flags & OWNER != 0 { Some((number(take)?, number(take)?)) } else { None };
        let mut sum = |known, some| -> Result<Option<Sum>, Damaged> {
            Ok(match (flags & known != 0, flags & some != 0) {
                (false, _) => None,
                (true, false) => Some(NO_ATTRIBUTES),
                (true, true) => Some(take.array()?),
            })
        };
        let (xattrs, acls) = (sum(XATTRS, SOME_XATTRS)?, sum(ACLS, SOME_ACLS)?);
        Ok((Self { owner, xattrs, acls }, flags))
    }
}
