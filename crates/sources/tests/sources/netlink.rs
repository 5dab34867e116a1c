use std::collections::BTreeSet;

use crossbeam_channel::unbounded;
use syncmgr_sources::{Metered, Netlink, Sign};

use crate::namespace::{inside, run};
use crate::{next, until};

fn network(online: bool, connections: &[&str]) -> Sign {
    let connections: BTreeSet<String> = connections.iter().map(ToString::to_string).collect();
    Sign::Network { online, metered: Metered::Unknown, connections }
}

#[test]
fn a_cable_that_is_plugged_in_and_pulled_is_told() {
    inside(&["--net"], "netlink::a_cable_that_is_plugged_in_and_pulled_is_told", || {
        run("ip link add ours type veth peer name theirs");
        let (sender, signs) = unbounded();
        let source = Netlink::start(sender).unwrap();
        assert_eq!(next(&signs), network(false, &[]), "what is there at the start");

        run("ip link set ours up");
        run("ip link set theirs up");
        until(&signs, |sign| *sign == network(false, &["ours", "theirs"]));
        run("ip addr add 192.0.2.1/24 dev ours");
        run("ip route add default via 192.0.2.2 dev ours");
        assert_eq!(next(&signs), network(true, &["ours", "theirs"]), "an address alone is no news");

        run("ip link set theirs down");
        let pulled = until(&signs, |sign| *sign == network(false, &[]));
        assert!(pulled.iter().all(|sign| matches!(sign, Sign::Network { .. })), "{pulled:?}");

        run("ip link set theirs up");
        until(&signs, |sign| *sign == network(true, &["ours", "theirs"]));
        run("ip route del default");
        assert_eq!(next(&signs), network(false, &["ours", "theirs"]));

        drop(source);
        assert!(signs.recv().is_err(), "the source has let go of the channel");
    });
}

#[test]
fn a_way_out_for_the_newer_protocol_alone_is_one() {
    inside(&["--net"], "netlink::a_way_out_for_the_newer_protocol_alone_is_one", || {
        run("ip link add ours type veth peer name theirs");
        run("ip link set ours up");
        run("ip link set theirs up");
        let (sender, signs) = unbounded();
        let _source = Netlink::start(sender).unwrap();
        until(&signs, |sign| *sign == network(false, &["ours", "theirs"]));
        run("ip -6 addr add 2001:db8::1/64 dev ours nodad");
        run("ip -6 route add default via 2001:db8::2 dev ours");
        until(&signs, |sign| *sign == network(true, &["ours", "theirs"]));
    });
}

#[test]
fn a_source_whose_reader_does_not_read_can_be_dropped() {
    let (sender, signs) = crossbeam_channel::bounded(0);
    drop(Netlink::start(sender).unwrap());
    assert!(signs.recv().is_err());
}
