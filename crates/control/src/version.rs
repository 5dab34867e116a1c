//! The version of the protocol, said by both ends with every message.

use std::cmp::Ordering;

/// The version of the control API that this crate speaks. Additions do not change it.
pub const PROTOCOL: u32 = 1;

/// The header in which both ends name the version they speak.
pub const VERSION_HEADER: &str = "syncmgr-version";

/// What is wrong between two ends that speak different versions, and what to do about it; nothing if they do not.
pub(crate) fn mismatch(client: u32, manager: u32) -> Option<(String, &'static str)> {
    let hint = match client.cmp(&manager) {
        Ordering::Equal => return None,
        Ordering::Less => "update the program that asks, or use the one installed with the manager",
        Ordering::Greater => {
            "restart the manager that runs (`syncmgr daemon stop`); if that does not help, update it"
        }
    };
    Some((
        format!(
            "version {client} of the control API was asked for, and the manager that runs speaks version {manager}"
        ),
        hint,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_side_is_the_one_to_update() {
        assert_eq!(mismatch(1, 1), None);
        assert!(mismatch(1, 2).unwrap().1.contains("the program that asks"));
        assert!(mismatch(2, 1).unwrap().1.contains("the manager that runs"));
    }
}
