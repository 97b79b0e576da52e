"""The other end of a link, by libraries that share no code with ours: noiseprotocol over cryptography, and PyNaCl.

peer.py listen|dial ticket|known PORT

Bob (seed 02 02 ...) is here, Alice (seed 01 01 ...) at the other end. Whoever dials brings the text "first"; whoever
listens checks it. Then the dialler sends messages of many lengths and each comes back unchanged. Exit code 0 means that
everything was as it should be.
"""

import json
import socket
import struct
import sys
from base64 import urlsafe_b64encode

from nacl.signing import SigningKey
from noise.connection import Keypair, NoiseConnection

LENGTHS = [0, 1, 15, 16, 512, 8192, 65000, 65519]


class Agent:
    def __init__(self, byte):
        signing = SigningKey(bytes([byte]) * 32)
        self.name = urlsafe_b64encode(bytes(signing.verify_key)).decode().rstrip("=")
        self.private = bytes(signing.to_curve25519_private_key())
        self.public = bytes(signing.verify_key.to_curve25519_public_key())


ALICE, BOB = Agent(1), Agent(2)


def noise(pattern, initiator, own, remote):
    connection = NoiseConnection.from_name(b"Noise_%s_25519_ChaChaPoly_BLAKE2b" % pattern)
    connection.set_as_initiator() if initiator else connection.set_as_responder()
    if own:
        connection.set_keypair_from_private_bytes(Keypair.STATIC, own.private)
    if remote:
        connection.set_keypair_from_public_bytes(Keypair.REMOTE_STATIC, remote.public)
    connection.start_handshake()
    return connection


class Wire:
    def __init__(self, stream):
        self.stream = stream

    def send(self, header, body):
        self.stream.sendall(struct.pack(">I", len(body) + 1) + header + bytes(body))

    def exactly(self, count):
        found = b""
        while len(found) < count:
            more = self.stream.recv(count - len(found))
            if not more:
                raise EOFError("the other end hung up")
            found += more
        return found

    def receive(self, header):
        (length,) = struct.unpack(">I", self.exactly(4))
        whole = self.exactly(length)
        assert whole[:1] == header, (whole[:1], header)
        return whole[1:]


def listen(wire, kind):
    if kind == "ticket":
        link = noise(b"IK", False, BOB, None)
        first = link.read_message(wire.receive(b"I"))
        assert bytes(link.noise_protocol.handshake_state.rs.public_bytes) == ALICE.public, "another caller"
    else:
        caller = noise(b"N", False, BOB, None)
        said = json.loads(bytes(caller.read_message(wire.receive(b"N"))))
        assert said.split("@")[0] == ALICE.name, said
        link = noise(b"KK", False, BOB, ALICE)
        first = link.read_message(wire.receive(b"K"))
    assert bytes(first) == b"first", first
    wire.send(b"A", link.write_message(b""))
    for _ in LENGTHS:
        wire.send(b"T", link.encrypt(bytes(link.decrypt(wire.receive(b"T")))))


def dial(wire, kind):
    if kind == "ticket":
        link = noise(b"IK", True, BOB, ALICE)
        wire.send(b"I", link.write_message(b"first"))
    else:
        caller = noise(b"N", True, None, ALICE)
        wire.send(b"N", caller.write_message(json.dumps(BOB.name + "@127.0.0.1:1").encode()))
        link = noise(b"KK", True, BOB, ALICE)
        wire.send(b"K", link.write_message(b"first"))
    assert bytes(link.read_message(wire.receive(b"A"))) == b""
    for length in LENGTHS:
        message = bytes(number % 251 for number in range(length))
        wire.send(b"T", link.encrypt(message))
        assert bytes(link.decrypt(wire.receive(b"T"))) == message, length


def main():
    role, kind, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with socket.create_connection(("127.0.0.1", port)) as stream:
        stream.settimeout(20)
        {"listen": listen, "dial": dial}[role](Wire(stream), kind)


main()
