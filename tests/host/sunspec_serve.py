#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Serve register images as Modbus devices, with pymodbus.

usage: sunspec_serve.py HOST:PORT|TTY UNIT=IMAGE...

An image is JSON: {"regs": {ADDRESS: HEX}}. What an image does not have is refused as
an illegal address; units that are not named are silent on a serial line, and what a
gateway says of them over TCP. Written registers are kept.
"""

import asyncio
import json
import sys

from pymodbus.datastore import (
    ModbusServerContext,
    ModbusSlaveContext,
    ModbusSparseDataBlock,
)
from pymodbus.server.async_io import StartAsyncSerialServer, StartAsyncTcpServer
from pymodbus.transaction import ModbusRtuFramer


def image(path):
    with open(path, encoding="utf-8") as f:
        regs = json.load(f)["regs"]
    return ModbusSparseDataBlock({int(a): int(v, 16) for a, v in regs.items()})


def context(words):
    units = {}
    for word in words:
        unit, path = word.split("=", 1)
        units[int(unit)] = ModbusSlaveContext(hr=image(path), zero_mode=True)
    return ModbusServerContext(slaves=units, single=False)


async def serve(where, words):
    if ":" in where:
        host, port = where.rsplit(":", 1)
        await StartAsyncTcpServer(context(words), address=(host, int(port)))
    else:
        await StartAsyncSerialServer(
            context(words),
            framer=ModbusRtuFramer,
            port=where,
            baudrate=115200,
            ignore_missing_slaves=True,
        )


if len(sys.argv) < 3:
    sys.exit(__doc__.strip())
asyncio.run(serve(sys.argv[1], sys.argv[2:]))
