"""Somebody on the local network: hears everything said by multicast DNS, and may say things too.

    listener.py hear ADDRESS             prints every datagram: its sender, its bytes, and the tags in its texts, in hex
    listener.py flood ADDRESS COUNT      says so many odd things, then "done"
    listener.py replay ADDRESS HEX ...   says these datagrams again from here, then "done"
"""

import random
import socket
import struct
import sys

GROUP, PORT = "224.0.0.251", 5353


def member(address):
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ear.bind(("", PORT))
    both = socket.inet_aton(GROUP) + socket.inet_aton(address)
    ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, both)
    ear.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
    ear.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    return ear


def name_end(data, at):
    while True:
        length = data[at]
        if length >= 0xC0:
            return at + 2
        if length == 0:
            return at + 1
        at += 1 + length


def tags(data):
    """The eight-byte pieces of every text "t=" of a datagram, read as RFC 1035 says."""
    counts = struct.unpack(">4H", data[4:12])
    at, found = 12, []
    for _ in range(counts[0]):
        at = name_end(data, at) + 4
    for _ in range(sum(counts[1:])):
        at = name_end(data, at)
        kind, _, _, length = struct.unpack(">HHIH", data[at:at + 10])
        at += 10
        text = data[at:at + length]
        at += length
        while kind == 16 and text:
            piece, text = text[1:1 + text[0]], text[1 + text[0]:]
            if piece[:2] == b"t=":
                found += [piece[i:i + 8] for i in range(2, len(piece), 8)]
    return found


def label(name):
    return bytes([len(name)]) + name


def odd(dice, nth):
    """A datagram that a wallet may find hard to bear."""
    service = label(b"_tallystick") + label(b"_tcp") + label(b"local") + b"\0"
    junk = dice.randbytes(dice.randrange(1, 900))
    if nth % 4 == 0:
        return b"\0\0\x84\0" + dice.randbytes(8) + service + junk
    if nth % 4 == 1:
        return b"\0\0\0\0\0\1\0\0\0\0\0\0" + service + b"\0\x0c\0\1"
    if nth % 4 == 2:
        return junk
    instance = label(b"%08x" % nth) + service
    srv = instance + b"\0\x21\x80\1\0\0\0\x78\0\x09" + b"\0\0\0\0" + struct.pack(">H", nth % 65536) + b"\1a\0"
    text = b"".join(label(b"t=" + dice.randbytes(248)) for _ in range(3))
    txt = instance + b"\0\x10\x80\1\xff\xff\xff\xff" + struct.pack(">H", len(text)) + text
    return b"\0\0\x84\0\0\0\0\2\0\0\0\0" + srv + txt


def main():
    what, address = sys.argv[1:3]
    sock = member(address)
    print("ready", flush=True)
    if what == "hear":
        while True:
            data, sender = sock.recvfrom(9000)
            print("heard", sender[0], data.hex(), *(tag.hex() for tag in tags(data)), flush=True)
    if what == "flood":
        dice = random.Random(7)
        for nth in range(int(sys.argv[3])):
            sock.sendto(odd(dice, nth), (GROUP, PORT))
    if what == "replay":
        for text in sys.argv[3:]:
            sock.sendto(bytes.fromhex(text), (GROUP, PORT))
    print("done", flush=True)


if __name__ == "__main__":
    main()
