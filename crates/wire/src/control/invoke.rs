//! What programs ask for.

use serde::{Deserialize, Serialize};

/// A session that a program asks for: the two calls of `ISyncMgrSynchronizeInvoke`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InvokeRequest {
    /// The one handler that is loaded, by name or id; all of them if none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler: Option<String>,
    /// The bits of `SYNCMGRINVOKEFLAGS`: 2 starts at once, 4 minimized. Others are refused.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub flags: u32,
    /// What the handler gets at its `initialize`, byte for byte, in Base64; only together with a handler.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cookie: Option<String>,
}

fn is_zero(flags: &u32) -> bool {
    *flags == 0
}
