"""A stand-in for the router at somebody's home: PCP, NAT-PMP and UPnP as far as a port is asked for.

What it opens it really opens: it takes calls on its outer address and carries them to whoever asked. Run inside a
network namespace: `router.py MEANS INNER OUTER`, where MEANS is pcp, natpmp, upnp, refuse or silent. It says on standard
output what it opens and closes.
"""
import http.server
import re
import socket
import struct
import sys
import threading

means, inner, outer = sys.argv[1:4]
opened = {}
lock = threading.Lock()


def say(*words):
    print(*words, flush=True)


def carry(source, sink):
    try:
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(listener, to):
    while True:
        try:
            caller, _ = listener.accept()
            called = socket.create_connection(to)
        except OSError:
            return
        threading.Thread(target=carry, args=(caller, called), daemon=True).start()
        threading.Thread(target=carry, args=(called, caller), daemon=True).start()


def open_port(port, to, life):
    with lock:
        if port not in opened:
            listener = socket.create_server((outer, port))
            opened[port] = listener
            threading.Thread(target=serve, args=(listener, to), daemon=True).start()
        say("open", port, "to", f"{to[0]}:{to[1]}", "for", life)


def close_port(port):
    with lock:
        listener = opened.pop(port, None)
        if listener:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            say("close", port)


def pcp(packet, who):
    code = 2 if means == "refuse" else 0
    life = struct.unpack("!I", packet[4:8])[0]
    nonce, protocol = packet[24:36], packet[36:40]
    internal, suggested = struct.unpack("!HH", packet[40:44])
    external = suggested or internal
    if code == 0 and life:
        open_port(external, (who[0], internal), life)
    elif code == 0:
        close_port(internal)
    mapped = b"\0" * 10 + b"\xff\xff" + socket.inet_aton(outer)
    head = struct.pack("!BBBBII", 2, 0x81, 0, code, 30 if code else life, 1) + b"\0" * 12
    return head + nonce + protocol + struct.pack("!HH", internal, external) + mapped


def natpmp(packet, who):
    if packet[0] == 2:
        # Only the older protocol is spoken here.
        return struct.pack("!BBHI", 0, 0x81, 1, 1)
    if packet[1] == 0:
        return struct.pack("!BBHI", 0, 128, 0, 1) + socket.inet_aton(outer)
    internal, external, life = struct.unpack("!HHI", packet[4:12])
    if life:
        open_port(external, (who[0], internal), life)
    else:
        close_port(internal)
    return struct.pack("!BBHIHHI", 0, 128 + packet[1], 0, 1, internal, external, life)


def gateway():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((inner, 5351))
        while True:
            packet, who = sock.recvfrom(2048)
            answer = natpmp(packet, who) if means == "natpmp" else pcp(packet, who)
            sock.sendto(answer, who)


SERVICE = "urn:schemas-upnp-org:service:WANIPConnection:1"

DEVICE = f"""<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device>
<deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType><deviceList><device>
<deviceType>urn:schemas-upnp-org:device:WANDevice:1</deviceType><deviceList><device>
<deviceType>urn:schemas-upnp-org:device:WANConnectionDevice:1</deviceType><serviceList><service>
<serviceType>{SERVICE}</serviceType><serviceId>urn:upnp-org:serviceId:WANIPConn1</serviceId>
<controlURL>/control</controlURL><eventSubURL>/event</eventSubURL><SCPDURL>/actions</SCPDURL>
</service></serviceList></device></deviceList></device></deviceList></device></root>"""


def action(name, *arguments):
    listed = "".join(
        f"<argument><name>{one}</name><direction>in</direction></argument>" for one in arguments
    )
    return f"<action><name>{name}</name><argumentList>{listed}</argumentList></action>"


MAPPING = (
    "NewRemoteHost", "NewExternalPort", "NewProtocol", "NewInternalPort", "NewInternalClient", "NewEnabled",
    "NewPortMappingDescription", "NewLeaseDuration",
)

ACTIONS = f"""<?xml version="1.0"?><scpd xmlns="urn:schemas-upnp-org:service-1-0"><actionList>
{action("GetExternalIPAddress")}{action("AddPortMapping", *MAPPING)}
{action("DeletePortMapping", "NewRemoteHost", "NewExternalPort", "NewProtocol")}</actionList></scpd>"""


class Pages(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(DEVICE if self.path == "/device" else ACTIONS)

    def do_POST(self):
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        name = re.search(r'<\w+:(\w+)\s+xmlns:\w+="urn:schemas-upnp-org:service', asked).group(1)

        def said(tag):
            return re.search(f"<{tag}[^>]*>([^<]*)</{tag}>", asked).group(1)

        told = ""
        if name == "GetExternalIPAddress":
            told = f"<NewExternalIPAddress>{outer}</NewExternalIPAddress>"
        elif name == "AddPortMapping":
            to = (said("NewInternalClient"), int(said("NewInternalPort")))
            open_port(int(said("NewExternalPort")), to, said("NewLeaseDuration"))
        elif name == "DeletePortMapping":
            close_port(int(said("NewExternalPort")))
        self.answer(
            '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            f'<u:{name}Response xmlns:u="{SERVICE}">{told}</u:{name}Response></s:Body></s:Envelope>'
        )


def upnp():
    pages = http.server.ThreadingHTTPServer((inner, 5000), Pages)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("239.255.255.250", 1900))
        group = socket.inet_aton("239.255.255.250") + socket.inet_aton(inner)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
        while True:
            packet, who = sock.recvfrom(2048)
            if packet.startswith(b"M-SEARCH"):
                answer = (
                    f"HTTP/1.1 200 OK\r\nLOCATION: http://{inner}:5000/device\r\nEXT:\r\n"
                    "ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nCACHE-CONTROL: max-age=120\r\n"
                    "USN: uuid:stand-in\r\nSERVER: stand-in\r\n\r\n"
                )
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
                    out.bind((inner, 0))
                    out.sendto(answer.encode(), who)


say("ready")
{"upnp": upnp, "silent": threading.Event().wait}.get(means, gateway)()
