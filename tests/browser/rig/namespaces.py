"""Network namespaces and tun devices for the userspace router, named so that a dead run's leftovers can be found.

Called by router_process.py only. Every name holds the process id of the router that made it: a namespace whose
router no longer runs is a leftover and is removed before a new one is set up. A tun device needs no such care, for the
kernel removes it with the last file descriptor of its owner.
"""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

TUN_DEVICE = Path("/dev/net/tun")
NAME_PATTERN = re.compile(r"^kiosk(\d+)n(\d+)$")

# linux/if_tun.h: the request number of TUNSETIFF, a device of layer 3, no packet information before each packet.
TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000

# Ethernet's size: the impairment then meets packets as numerous as on a real network.
MTU_BYTES = 1500
# A burst of a page load fits, so that nothing is dropped that the impairment did not drop.
QUEUE_PACKETS = 5000


class RigUnavailable(RuntimeError):
    """This machine cannot run the impaired network; the message says what is needed."""


@dataclass(frozen=True)
class Port:
    """One interface of the router.

    Attributes:
        label: "host", or "n0", "n1" ... for the namespaces.
        namespace: name for `ip netns exec`; None for the host.
        address: IPv4 address of the interface, dotted.
        descriptor: file descriptor of the tun device, non-blocking, one packet a read or write.
    """

    label: str
    namespace: str | None
    address: str
    descriptor: int


def require_network_rights() -> None:
    """Raises RigUnavailable with one sentence unless namespaces and tun devices can be made here."""
    missing = []
    if os.geteuid() != 0:
        missing.append("the rights of root")
    if not os.access(TUN_DEVICE, os.R_OK | os.W_OK):
        missing.append(f"a readable and writable {TUN_DEVICE}")
    if not any(os.access(Path(folder) / "ip", os.X_OK) for folder in ("/usr/sbin", "/sbin", "/usr/bin", "/bin")):
        missing.append("the program ip (Debian package iproute2)")
    if missing:
        raise RigUnavailable(
            "Browser tests over an impaired network need " + " and ".join(missing) + "; run them as root on Linux,"
            " in a container with --cap-add=NET_ADMIN --cap-add=SYS_ADMIN --device=/dev/net/tun."
        )


def run_ip(*arguments: str) -> None:
    """Runs `ip` with these arguments.

    Raises:
        RigUnavailable: the command failed; its standard error is in the message.
    """
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RigUnavailable(
            f"ip {' '.join(arguments)} failed ({done.stderr.strip()}); network namespaces need root and CAP_SYS_ADMIN."
        )


def remove_leftovers() -> list[str]:
    """Removes the namespaces of routers that no longer run.

    Returns:
        The names removed.
    """
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=False).stdout
    removed = []
    for line in listed.splitlines():
        name = line.split(" ")[0]
        match = NAME_PATTERN.match(name)
        if match and not Path(f"/proc/{match.group(1)}").exists():
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
            removed.append(name)
    return removed


def remove_namespaces(ports: list[Port]) -> None:
    """Removes the namespaces of these ports; processes still inside keep theirs, without a name, until they end."""
    for port in ports:
        if port.namespace is not None:
            subprocess.run(["ip", "netns", "delete", port.namespace], capture_output=True, check=False)


def open_ports(count: int) -> list[Port]:
    """Makes the host's interface and `count` namespaces, each with an address and a default route.

    A browser that sees nothing but a loopback interface gathers no ICE candidates, hence the default route.

    Args:
        count: number of namespaces, 1 to 9.

    Raises:
        RigUnavailable: rights or the device are missing.
    """
    require_network_rights()
    remove_leftovers()
    process_id = os.getpid()
    # A network of its own per router process, out of 10.64.0.0/10, so that runs side by side do not meet.
    network = f"10.{64 + (process_id >> 8) % 64}.{process_id % 256}"
    ports: list[Port] = []
    try:
        for number in range(-1, count):
            ports.append(_open_port(process_id, number, network))
    except BaseException:
        remove_namespaces(ports)
        raise
    return ports


def _open_port(process_id: int, number: int, network: str) -> Port:
    is_host = number < 0
    device = f"kr{process_id}h" if is_host else f"kr{process_id}n{number}"
    namespace = None if is_host else f"kiosk{process_id}n{number}"
    address = f"{network}.{1 if is_host else 11 + number}"
    descriptor = _open_tun(device)
    inside: tuple[str, ...] = ()
    if namespace is not None:
        run_ip("netns", "add", namespace)
        run_ip("link", "set", device, "netns", namespace)
        inside = ("-n", namespace)
        run_ip(*inside, "link", "set", "lo", "up")
    run_ip(*inside, "address", "add", f"{address}/24", "dev", device)
    run_ip(*inside, "link", "set", device, "mtu", str(MTU_BYTES), "txqueuelen", str(QUEUE_PACKETS), "up")
    if namespace is not None:
        run_ip(*inside, "route", "add", "default", "dev", device)
    return Port("host" if is_host else f"n{number}", namespace, address, descriptor)


def _open_tun(device: str) -> int:
    try:
        descriptor = os.open(TUN_DEVICE, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
    except OSError as error:
        raise RigUnavailable(f"{TUN_DEVICE} refused the device {device} ({error}); it needs CAP_NET_ADMIN.") from error
    return descriptor
