"""The `sip2` client of PyPI, which others wrote, as a program: run by the Python of .venv/peers.

It is told a port and what to ask, and writes what it has read in each answer.
"""

import json
import sys

from Sip2.sip2 import Sip2


def main(told):
    """Ask all that is *told*, one after another."""
    client = Sip2()
    for name, value in told["settings"].items():
        setattr(client, name, value)
    client.connect()
    read = []
    for name, arguments in told["calls"]:
        request = getattr(client, f"sip_{name}_request")(**arguments)
        answer = client.get_response(request)
        parsed = getattr(client, f"sip_{ANSWERS.get(name, name)}_response")(answer)
        read.append({"asked": request, "said": answer, "parsed": parsed})
    client.disconnect()
    print(json.dumps(read), flush=True)


ANSWERS = {"block_patron": "patron_status"}

if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
