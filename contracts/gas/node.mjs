// SPDX-License-Identifier: MIT
// A chain of our own to measure on: anvil with the rules of Osaka, everything deployed.

import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { ethers } from "ethers";

const program = (name) => `node_modules/@foundry-rs/${name}-linux-amd64/bin/${name}`;

// Of the mnemonic that anvil and all of its kind have; nobody's money.
const MNEMONIC = "test test test test test test test test test test test junk";

// Not a round one: how many zero bytes a time has is part of what a transaction costs.
const GENESIS = 1_800_000_001;

function freePort() {
	return new Promise((resolve) => {
		const server = createServer().listen(0, "127.0.0.1", () => {
			const { port } = server.address();
			server.close(() => resolve(port));
		});
	});
}

async function answers(provider) {
	for (let i = 0; i < 200; i++) {
		try {
			return await provider.send("eth_chainId", []);
		} catch {
			await new Promise((again) => setTimeout(again, 50));
		}
	}
	throw new Error("anvil does not answer");
}

/** The account of this number, as a signer that counts its own nonces. */
export function account(provider, index) {
	const path = `m/44'/60'/0'/0/${index}`;
	return new ethers.NonceManager(ethers.HDNodeWallet.fromPhrase(MNEMONIC, "", path).connect(provider));
}

function deploy(url, key) {
	execFileSync(program("forge"), ["script", "script/Deploy.s.sol", "--rpc-url", url, "--broadcast",
		"--private-key", key], { stdio: "pipe" });
	return JSON.parse(readFileSync("deploy/deployment.json", "utf8"));
}

function contract(name, deployment, provider) {
	const { abi } = JSON.parse(readFileSync(`out/${name}.sol/${name}.json`, "utf8"));
	return new ethers.Contract(deployment.contracts[name].address, abi, provider);
}

/** Runs what with a chain: { provider, time, NAME: contract of that name }. */
export async function withChain(what) {
	const port = await freePort();
	const url = `http://127.0.0.1:${port}`;
	const anvil = spawn(program("anvil"), ["--hardfork", "osaka", "--enable-tx-gas-limit", "--silent",
		"--port", port, "--timestamp", GENESIS, "--mnemonic", MNEMONIC], { stdio: "ignore" });
	const provider = new ethers.JsonRpcProvider(url, 31337,
		{ staticNetwork: true, cacheTimeout: -1, pollingInterval: 20, batchMaxCount: 1 });

	try {
		await answers(provider);
		const key = ethers.HDNodeWallet.fromPhrase(MNEMONIC).privateKey;
		const deployment = deploy(url, key);
		const chain = { provider, time: GENESIS, deployment };
		for (const name of Object.keys(deployment.contracts))
			chain[name] = contract(name, deployment, provider);
		return await what(chain);
	} finally {
		provider.destroy();
		anvil.kill();
	}
}
