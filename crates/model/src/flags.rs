//! The contract's flag words. Unknown bits are dropped when a word comes in, as the rulings ask.

bitflags::bitflags! {
    /// What a handler declares about itself (`SYNCMGRHANDLERFLAGS`).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct HandlerFlags: u32 {
        /// The handler has properties of its own.
        const HAS_PROPERTIES = 0x1;
        /// It may call `establish_connection`. A hint only; the call is allowed in any case.
        const MAY_ESTABLISH_CONNECTION = 0x2;
        /// List the handler even while it shows no items.
        const ALWAYS_LIST_HANDLER = 0x4;
        /// Ours: in a dry run, preparation reports the plan (see [`crate::event::Modifiers::DRY_RUN`]).
        const PREVIEWS = 0x1_0000;
    }
}

impl HandlerFlags {
    /// Whether a handler that shows this many items stands in a list the user chooses from.
    pub const fn lists(self, n_items: usize) -> bool {
        n_items > 0 || self.contains(Self::ALWAYS_LIST_HANDLER)
    }
}

bitflags::bitflags! {
    /// What a handler declares about an item (`SYNCMGRITEMFLAGS`).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct ItemFlags: u32 {
        /// The item has properties.
        const HAS_PROPERTIES = 0x1;
        /// What is stored about the item does not outlive the session.
        const TEMPORARY = 0x2;
        /// The item belongs to the user, not to the machine. Without effect, as in the original.
        const ROAMING_USER = 0x4;
        /// The time of the last update is valid.
        const LAST_UPDATE_TIME = 0x8;
        /// The handler can delete the item. Without effect, as in the original.
        const MAY_DELETE_ITEM = 0x10;
    }
}

bitflags::bitflags! {
    /// Events a handler registers for (`SYNCMGRREGISTERFLAGS`): what is ticked for them before the user chose.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct RegisterFlags: u32 {
        /// A network connection came up.
        const CONNECT = 0x1;
        /// A network connection is about to go.
        const PENDING_DISCONNECT = 0x2;
        /// The machine is idle.
        const IDLE = 0x4;
    }
}

bitflags::bitflags! {
    /// How a program asks for a session (`SYNCMGRINVOKEFLAGS`).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct InvokeFlags: u32 {
        /// Start at once, without the choice.
        const START_SYNC = 0x2;
        /// Start with the window minimized.
        const MINIMIZED = 0x4;
    }
}

bitflags::bitflags! {
    /// What a log entry can do (`SYNCMGRERRORFLAGS`).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct ErrorFlags: u32 {
        /// The entry leads back into its handler: activating it calls `show_error`.
        const ENABLE_JUMP_TEXT = 0x1;
    }
}
