// SPDX-License-Identifier: MIT
// What transactions cost as a whole, "NAME: GAS" a line. They are signed by ethers and
// run by anvil: neither knows how the contracts were tested. All inputs are fixed.

import { createPrivateKey, sign as edSign, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { ethers } from "ethers";
import { account, withChain } from "./node.mjs";

const { keccak256, toUtf8Bytes, concat, AbiCoder } = ethers;
const abi = AbiCoder.defaultAbiCoder();
const NEVER = ethers.MaxUint256;
const GATEWAY = 255;
const BATTERY = 4;
const [ED25519, SECP256K1] = [1, 2];
const results = [];

const random = (text) => keccak256(toUtf8Bytes(text));
const fields = (types) => types.split(",").map((f) => ({ type: f.split(" ")[0], name: f.split(" ")[1] }));
const TYPES = {
	Register: fields("address owner,address operator,uint8 kind,uint8 keyType,bytes key,uint48 since,uint256 deadline"),
	RotateKey: fields("uint256 id,uint8 keyType,bytes key,uint48 from,uint256 nonce,uint256 deadline"),
	RevokeKey: fields("uint256 id,uint256 epoch,uint48 from,uint8 reason,uint256 nonce,uint256 deadline"),
	SetOperator: fields("uint256 id,address operator,uint256 nonce,uint256 deadline"),
	Batch: fields("uint256 gateway,uint48 seq,bytes32 root,uint32 n,uint48 t0,uint48 t1"),
};
const domain = (contract, name) =>
	({ name, version: "1", chainId: 31337, verifyingContract: contract.target });

async function measure(name, sent) {
	const receipt = await (await sent).wait();
	if (name)
		results.push([name, Number(receipt.gasUsed)]);
	return receipt;
}

// ---- keys -----------------------------------------------------------------------------

function ed25519(text) {
	const prefix = "302e020100300506032b657004220420";
	const secret = createPrivateKey({ key: Buffer.from(prefix + random(text).slice(2), "hex"),
		format: "der", type: "pkcs8" });
	const key = "0x" + createPublicKey(secret).export({ format: "der", type: "spki" }).subarray(-32).toString("hex");

	return { type: ED25519, key,
		sign: (digest) => "0x" + edSign(null, Buffer.from(concat([toUtf8Bytes("OVPP-EIP712"), digest]).slice(2), "hex"),
			secret).toString("hex") };
}

function secp256k1(text) {
	const key = new ethers.SigningKey(random(text));

	return { type: SECP256K1, key: "0x" + key.publicKey.slice(4), sign: (digest) => key.sign(digest).serialized };
}

// ---- identities -----------------------------------------------------------------------

/** Registers; owner's signature and proof as an owner and a device make them. */
async function register(chain, name, owner, key, kind, operator, relayer) {
	const registry = chain.DeviceRegistry;
	const r = { owner: await owner.getAddress(), operator, kind, keyType: key.type, key: key.key, since: 0n,
		deadline: NEVER };
	const d = domain(registry, "OpenVPP DeviceRegistry");
	const types = { Register: TYPES.Register };
	const digest = ethers.TypedDataEncoder.hash(d, types, r);
	const signature = await owner.signer.signTypedData(d, types, r);

	await measure(name, registry.connect(relayer).register(r, signature, key.sign(digest)));
	return registry.idOf(key.type, key.key, r.owner);
}

async function identities(chain, owner, relayer) {
	const none = ethers.ZeroAddress;

	await register(chain, "register device, first of its owner", owner, ed25519("d0"), BATTERY, none, relayer);
	await register(chain, "register device, later", owner, ed25519("d1"), BATTERY, none, relayer);
	await register(chain, "register device, later, secp256k1", owner, secp256k1("d2"), BATTERY, none, relayer);
	await register(chain, "register device, later, with an operator", owner, ed25519("d3"), BATTERY,
		await relayer.getAddress(), relayer);
}

async function changes(chain, owner, id) {
	const registry = chain.DeviceRegistry.connect(owner);
	const key = ed25519("rotated");
	const r = { id, keyType: key.type, key: key.key, from: 1000n, deadline: NEVER };

	await measure("rotate key, first time", registry.rotateKey(r, "0x", key.sign(ethers.ZeroHash)));
	await measure("revoke key", registry.revokeKey({ id, epoch: 1, from: 1000n, reason: 1, deadline: NEVER }, "0x"));
	await measure("set operator", registry.setOperator(id, ethers.computeAddress(random("other")), NEVER, "0x"));
}

// ---- anchors --------------------------------------------------------------------------

function batch(chain, gateway, seq) {
	const t0 = BigInt(chain.time) * 1000n + BigInt(seq) * 60_001n + 11_317n;

	return { gateway, seq: BigInt(seq), root: random(`root ${gateway} ${seq}`), n: 3600n, t0, t1: t0 + 59_999n };
}

async function signed(chain, secret, b) {
	const types = { Batch: TYPES.Batch };
	const s = await new ethers.Wallet(secret).signTypedData(domain(chain.TelemetryAnchor, "OpenVPP TelemetryAnchor"),
		types, b);
	const { r, yParityAndS } = ethers.Signature.from(s);

	return { batch: b, r, vs: yParityAndS };
}

async function anchors(chain, owner, relayer) {
	const anchor = chain.TelemetryAnchor.connect(relayer);
	const operator = account(chain.provider, 3);
	const direct = await register(chain, "register gateway", owner, ed25519("g"), GATEWAY,
		await operator.getAddress(), relayer);

	for (const [seq, name] of [[0, "anchor, first"], [1, "anchor, steady"], [2, null]])
		await measure(name, anchor.connect(operator).anchor(batch(chain, direct, seq)));

	const secret = random("operator");
	const relayed = await register(chain, null, owner, ed25519("r"), GATEWAY, ethers.computeAddress(secret), relayer);
	for (const [seq, name] of [[0, "anchor relayed, first"], [1, "anchor relayed, steady"]]) {
		const s = await signed(chain, secret, batch(chain, relayed, seq));
		await measure(name, anchor.anchorBySig(s.batch, s.r, s.vs));
	}

	const own = [];
	for (let seq = 3; seq < 103; seq++)
		own.push({ batch: batch(chain, direct, seq), r: ethers.ZeroHash, vs: ethers.ZeroHash });
	await measure("anchor 100 of one gateway, all", anchor.connect(operator).anchorMany(own));
	return direct;
}

async function fleet(chain, owner, relayer) {
	const anchor = chain.TelemetryAnchor.connect(relayer);
	const gateways = [];

	for (let i = 0; i < 100; i++) {
		const secret = random(`operator ${i}`);
		const id = await register(chain, null, owner, ed25519(`f${i}`), GATEWAY, ethers.computeAddress(secret), relayer);
		gateways.push({ secret, id });
	}
	const round = (seq, count) => Promise.all(gateways.slice(0, count)
		.map((g) => signed(chain, g.secret, batch(chain, g.id, seq))));
	await measure(null, anchor.anchorMany(await round(0, 100)));
	await measure("anchor 100 of 100 gateways, all", anchor.anchorMany(await round(1, 100)));
	await measure("anchor 10 of 10 gateways, all", anchor.anchorMany(await round(2, 10)));
	await measure("anchor 1 of 1 gateway by a batch", anchor.anchorMany(await round(3, 1)));
	await measure("anchor 100 that are there already, all", anchor.anchorMany(await round(1, 100)));
}

/** A verifier's way: the events of a gateway give the head that the contract has. */
async function replay(chain, gateway) {
	const anchor = chain.TelemetryAnchor;
	const encoder = ethers.TypedDataEncoder;
	let acc = ethers.ZeroHash;
	let next = 0n;

	for (const { args } of await anchor.queryFilter(anchor.filters.Anchored(gateway))) {
		if (args.seq !== next++)
			throw new Error(`replay: batch ${args.seq} after ${next - 2n}`);
		const b = Object.fromEntries(TYPES.Batch.map(({ name }) => [name, args[name]]));
		acc = keccak256(concat([acc, encoder.hashStruct("Batch", { Batch: TYPES.Batch }, b)]));
	}
	const head = await anchor.head(gateway);
	if (head.acc !== acc || head.next !== next)
		throw new Error("replay: events and head differ");
}

// ---- rewards --------------------------------------------------------------------------

const leaf = (claims, account, cumulative) => keccak256(keccak256(abi.encode(
	["uint256", "address", "address", "uint256"], [31337, claims.target, account, cumulative])));
const pair = (a, b) => keccak256(concat(a < b ? [a, b] : [b, a]));

/** Levels of the tree, leaves first; their number is a power of two. */
function tree(leaves) {
	const levels = [leaves];

	while (levels.at(-1).length > 1)
		levels.push(levels.at(-1).filter((_, i) => i % 2 === 0).map((l, i) => pair(l, levels.at(-1)[2 * i + 1])));
	return levels;
}

const proof = (levels, index) => levels.slice(0, -1).map((level, depth) => level[(index >> depth) ^ 1]);

async function epoch(chain, number, accounts, attestor) {
	const ledger = chain.RewardLedger;
	const params = await chain.ParameterStore.paramsHash();
	const each = 100_000_000_000_000_001n * BigInt(number);
	const levels = tree(accounts.map((a) => leaf(chain.RewardClaims, a, each)));
	const total = each * BigInt(accounts.length);

	await measure(number === 2 ? "propose an epoch" : null, ledger.connect(attestor).propose(number, levels.at(-1)[0],
		total, random("evidence"), params));
	await chain.provider.send("evm_increaseTime", [3600]);
	await measure(number === 2 ? "finalize an epoch" : null, ledger.connect(attestor).finalize());
	return (index) => [accounts[index], each, proof(levels, index)];
}

async function rewards(chain, holder) {
	const attestor = account(chain.provider, 1);
	const accounts = Array.from({ length: 1024 }, (_, i) => ethers.computeAddress(random(`account ${i}`)));
	const ledger = chain.RewardLedger.connect(holder);
	const token = chain.OVPPToken;

	await measure(null, token.connect(holder).approve(ledger.target, ethers.MaxUint256));
	await measure(null, token.connect(attestor).approve(ledger.target, ethers.MaxUint256));
	await measure(null, token.connect(holder).transfer(attestor, ethers.parseEther("10000")));
	await measure("fund rewards, first time", ledger.fund(ethers.parseEther("100000")));
	await measure("deposit a bond, first time", ledger.connect(attestor).depositBond(ethers.parseEther("1000")));

	const first = await epoch(chain, 1, accounts, attestor);
	await measure(null, chain.RewardClaims.connect(holder).claim(...first(8)));
	await measure("claim of 1,024, first", chain.RewardClaims.connect(holder).claim(...first(7)));
	const second = await epoch(chain, 2, accounts, attestor);
	await measure("claim of 1,024, later", chain.RewardClaims.connect(holder).claim(...second(7)));
}

function deployments() {
	const run = JSON.parse(readFileSync("broadcast/Deploy.s.sol/31337/run-latest.json", "utf8"));

	run.transactions.forEach((t, i) =>
		results.push([`deploy ${t.contractName}`, Number(run.receipts[i].gasUsed)]));
}

await withChain(async (chain) => {
	const [holder, owner, relayer] = [0, 4, 5].map((i) => account(chain.provider, i));

	await chain.provider.send("evm_increaseTime", [86400]);
	await identities(chain, owner, relayer);
	const gateway = await anchors(chain, owner, relayer);
	await replay(chain, gateway);
	await changes(chain, owner, gateway);
	await fleet(chain, owner, relayer);
	await rewards(chain, holder);
	deployments();
});
for (const [name, gas] of results)
	console.log(`${name}: ${gas}`);
