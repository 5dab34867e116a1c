"""A notification service on the session bus: tells what it is asked to show, and chooses what its input says (`ID ACTION`)."""

import json
import sys

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

NAME = "org.freedesktop.Notifications"


class Service(dbus.service.Object):
    shown = 0

    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, program, replaces, icon, summary, body, actions, hints, timeout):
        self.shown += 1
        told = {"id": self.shown, "summary": str(summary), "body": str(body), "actions": [str(one) for one in actions]}
        print(json.dumps(told), flush=True)
        return dbus.UInt32(self.shown)

    @dbus.service.signal(NAME, signature="us")
    def ActionInvoked(self, number, action):
        pass


def choose(source, _condition):
    line = source.readline()
    if not line:
        loop.quit()
        return False
    number, action = line.split()
    service.ActionInvoked(dbus.UInt32(number), action)
    return True


DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
owned = dbus.service.BusName(NAME, bus)
service = Service(bus, "/org/freedesktop/Notifications")
loop = GLib.MainLoop()
GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, choose)
print(json.dumps({"ready": True}), flush=True)
loop.run()
