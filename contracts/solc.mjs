#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// solc as forge calls it, for the compiler that comes from npm.

import { readFileSync, writeSync } from "node:fs";
import solc from "solc";

if (process.argv.includes("--version")) {
	console.log("solc, the solidity compiler commandline interface");
	console.log(`Version: ${solc.version()}`);
} else if (process.argv.includes("--standard-json")) {
	const output = Buffer.from(solc.compile(readFileSync(0, "utf8")));

	for (let done = 0; done < output.length;)
		done += writeSync(1, output, done);
} else {
	console.error("usage: solc.mjs --version | --standard-json");
	process.exit(2);
}
