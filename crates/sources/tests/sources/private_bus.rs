//! A message bus of our own, and mocks of the machine's services on it.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use syncmgr_sources::Bus;
use tempfile::TempDir;
use zbus::{DynamicType, Message, Variant};

const MOCK: &str = "org.freedesktop.DBus.Mock";

/// A bus that ends with the value.
pub(crate) struct PrivateBus {
    daemon: Process,
    address: String,
    connection: Option<zbus::Connection>,
    _folder: TempDir,
}

/// A process that ends with the value.
pub(crate) struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl PrivateBus {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("bus");
        let configuration = folder.path().join("bus.conf");
        let text = format!(
            "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
             \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\"><busconfig>\
             <listen>unix:path={}</listen><auth>EXTERNAL</auth><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/>\
             </policy></busconfig>",
            socket.display()
        );
        std::fs::write(&configuration, text).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .args(["--nofork", "--nopidfile", "--print-address=1", "--config-file"])
            .arg(&configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = daemon.stdout.take().unwrap();
        let daemon = Process(daemon);
        let mut address = String::new();
        BufReader::new(out).read_line(&mut address).unwrap();
        let address = address.trim().to_owned();
        let connection =
            zbus::block_on(zbus::connection::Builder::address(address.as_str()).build()).unwrap();
        Self { daemon, address, connection: Some(connection), _folder: folder }
    }

    pub(crate) fn bus(&self) -> Bus {
        Bus::At(self.address.clone())
    }

    /// Ends the bus.
    pub(crate) fn end(mut self) {
        self.connection = None;
        self.daemon.0.kill().unwrap();
        self.daemon.0.wait().unwrap();
    }

    /// Starts a mock of a service from a template. It may take a moment until it has its name.
    pub(crate) fn mock(&self, template: &str) -> Process {
        let child = Command::new("/usr/bin/python3")
            .args(["-m", "dbusmock", "--template", template])
            .env("DBUS_SYSTEM_BUS_ADDRESS", &self.address)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Process(child)
    }

    /// Calls a method and gives back the answer.
    pub(crate) fn call<B>(
        &self,
        service: &str,
        path: &str,
        interface: &str,
        method: &str,
        body: &B,
    ) -> Message
    where
        B: serde::Serialize + DynamicType,
    {
        let connection = self.connection.as_ref().unwrap();
        let call = connection.call_method(Some(service), path, Some(interface), method, body);
        zbus::block_on(call).unwrap()
    }

    /// Calls a method that only mocks have.
    pub(crate) fn control<B>(&self, service: &str, path: &str, method: &str, body: &B) -> Message
    where
        B: serde::Serialize + DynamicType,
    {
        self.call(service, path, MOCK, method, body)
    }

    /// Sets properties of a mocked object, which tells that they changed.
    pub(crate) fn set(&self, service: &str, path: &str, interface: &str, properties: &[(&str, Variant<'_>)]) {
        let properties: HashMap<&str, &Variant<'_>> =
            properties.iter().map(|(name, value)| (*name, value)).collect();
        self.control(service, path, "UpdateProperties", &(interface, properties));
    }

    /// Lets a mocked object send a signal with one argument.
    pub(crate) fn emit(
        &self,
        service: &str,
        path: &str,
        signal: (&str, &str),
        signature: &str,
        value: Variant<'_>,
    ) {
        let (interface, member) = signal;
        self.control(service, path, "EmitSignal", &(interface, member, signature, vec![value]));
    }
}
