//! Where this machine keeps the number, the arguments and the result of a system call.
//!
//! Another machine needs its own three functions in here and, in [`crate::calls`], nothing: calls it does not have are
//! not in its table.

use nix::libc::{c_long, user_regs_struct};

#[cfg(target_arch = "x86_64")]
mod machine {
    use super::{c_long, user_regs_struct};

    pub(crate) fn number(registers: &user_regs_struct) -> c_long {
        registers.orig_rax.cast_signed()
    }

    pub(crate) fn arguments(registers: &user_regs_struct) -> [u64; 6] {
        [registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8, registers.r9]
    }

    /// At the entry: the kernel finds no call with this number and does nothing.
    pub(crate) fn cancel(registers: &mut user_regs_struct) {
        registers.orig_rax = u64::MAX;
    }

    /// At the exit: what the program sees, as if the call it made had come to this.
    pub(crate) fn finish(registers: &mut user_regs_struct, entered_with: &user_regs_struct, result: c_long) {
        *registers = *entered_with;
        registers.rax = result.cast_unsigned();
    }
}

#[cfg(target_arch = "aarch64")]
mod machine {
    use super::{c_long, user_regs_struct};

    pub(crate) fn number(registers: &user_regs_struct) -> c_long {
        registers.regs[8].cast_signed()
    }

    pub(crate) fn arguments(registers: &user_regs_struct) -> [u64; 6] {
        std::array::from_fn(|argument| registers.regs[argument])
    }

    /// At the entry: the number is out of reach here, but with such handles, pointers and flags no call does anything.
    pub(crate) fn cancel(registers: &mut user_regs_struct) {
        registers.regs[..6].fill(u64::MAX);
    }

    /// At the exit: what the program sees, as if the call it made had come to this.
    pub(crate) fn finish(registers: &mut user_regs_struct, entered_with: &user_regs_struct, result: c_long) {
        *registers = *entered_with;
        registers.regs[0] = result.cast_unsigned();
    }
}

pub(crate) use machine::{arguments, cancel, finish, number};
