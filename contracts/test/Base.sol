// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Config, Contracts, Deployment} from "../script/Deployment.sol";
import {vm} from "../script/Vm.sol";
import {DeviceRegistry} from "../src/DeviceRegistry.sol";
import {Keys} from "../src/Keys.sol";
import {TelemetryAnchor} from "../src/TelemetryAnchor.sol";

/// Every test works on what Deploy.s.sol deploys. Digests are computed here once more, from
/// the texts in docs/contracts.md.
abstract contract Base {
    uint256 internal constant OWNER = 0xA11CE;
    uint256 internal constant OPERATOR = 0x0b;
    uint256 internal constant NEVER = type(uint256).max;
    uint8 internal constant GATEWAY = 255;
    uint8 internal constant BATTERY = 4;
    uint256 internal constant N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    uint256 internal constant N_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;

    Contracts internal d;
    address internal owner = vm.addr(OWNER);
    address internal operator = vm.addr(OPERATOR);
    address internal stranger = address(0xBAD);

    function deploy(address[] memory attestors, uint32 quorum) internal {
        Config memory c;

        vm.warp(1_800_000_000);
        c.cap = 1_000_000 ether;
        c.holder = address(this);
        c.supply = 500_000 ether;
        c.timelockDelay = 1 days;
        c.votingDelay = 1 hours;
        c.votingPeriod = 1 days;
        c.proposalThreshold = 1000 ether;
        c.quorumPercent = 4;
        c.terms.stepCap = 1000 ether;
        c.terms.bond = 10 ether;
        c.terms.window = 2 hours;
        c.terms.quorum = quorum;
        c.attestors = attestors;
        c.guardian = address(0x6A);
        c.names = new bytes32[](2);
        (c.names[0], c.names[1]) = (bytes32("energy_weight_ppm"), bytes32("response_floor_ppm"));
        c.values = new uint256[](2);
        (c.values[0], c.values[1]) = (1_000_000, 400_000);
        d = Deployment.deploy(c, address(this));
    }

    function deploy() internal {
        address[] memory attestors = new address[](3);

        for (uint160 i = 0; i < 3; i++) {
            attestors[i] = address(0xA0 + i);
        }
        deploy(attestors, 2);
    }

    // ---- what has to be so ----------------------------------------------------------------

    error Differ(uint256 is_, uint256 shouldBe);

    function same(uint256 is_, uint256 shouldBe) internal pure {
        if (is_ != shouldBe) revert Differ(is_, shouldBe);
    }

    function same(address is_, address shouldBe) internal pure {
        same(uint160(is_), uint160(shouldBe));
    }

    function same(bytes32 is_, bytes32 shouldBe) internal pure {
        same(uint256(is_), uint256(shouldBe));
    }

    function yes(bool is_) internal pure {
        same(is_ ? 1 : 0, 1);
    }

    function no(bool is_) internal pure {
        same(is_ ? 1 : 0, 0);
    }

    // ---- signatures -------------------------------------------------------------------------

    function domain(string memory name, address at) internal view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256(bytes(name)),
                keccak256("1"),
                block.chainid,
                at
            )
        );
    }

    function typed(bytes32 structHash) internal view returns (bytes32) {
        bytes32 separator = domain("OpenVPP DeviceRegistry", address(d.registry));

        return keccak256(abi.encodePacked(hex"1901", separator, structHash));
    }

    function signed(uint256 secret, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digest);

        return abi.encodePacked(r, s, v);
    }

    /// The other signature that the mathematics allows.
    function mirrored(bytes memory signature) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 s, uint8 v) = (word(signature, 0), word(signature, 32), uint8(signature[64]));

        return abi.encodePacked(r, bytes32(N - uint256(s)), v == 27 ? uint8(28) : uint8(27));
    }

    function word(bytes memory data, uint256 at) internal pure returns (bytes32 w) {
        assembly ("memory-safe") {
            w := mload(add(add(data, 32), at))
        }
    }

    // ---- identities -------------------------------------------------------------------------

    function ed25519(uint256 seed) internal pure returns (bytes memory) {
        return abi.encodePacked(vm.publicKeyEd25519(bytes32(seed)));
    }

    function registration(uint8 kind, uint256 seed)
        internal
        view
        returns (DeviceRegistry.Registration memory)
    {
        address who = kind == GATEWAY ? operator : address(0);

        return DeviceRegistry.Registration(owner, who, kind, Keys.ED25519, ed25519(seed), 0, NEVER);
    }

    function digestOf(DeviceRegistry.Registration memory r) internal view returns (bytes32) {
        bytes32 typehash = keccak256(
            "Register(address owner,address operator,uint8 kind,uint8 keyType,bytes key,uint48 since,uint256 deadline)"
        );

        return typed(
            keccak256(
                abi.encode(
                    typehash, r.owner, r.operator, r.kind, r.keyType, keccak256(r.key), r.since, r.deadline
                )
            )
        );
    }

    function digestOf(DeviceRegistry.Rotation memory r, uint256 nonce) internal view returns (bytes32) {
        bytes32 typehash = keccak256(
            "RotateKey(uint256 id,uint8 keyType,bytes key,uint48 from,uint256 nonce,uint256 deadline)"
        );

        return
            typed(
                keccak256(abi.encode(typehash, r.id, r.keyType, keccak256(r.key), r.from, nonce, r.deadline))
            );
    }

    function digestOf(DeviceRegistry.Revocation memory r, uint256 nonce) internal view returns (bytes32) {
        bytes32 typehash = keccak256(
            "RevokeKey(uint256 id,uint256 epoch,uint48 from,uint8 reason,uint256 nonce,uint256 deadline)"
        );

        return typed(keccak256(abi.encode(typehash, r.id, r.epoch, r.from, r.reason, nonce, r.deadline)));
    }

    function operatorDigest(uint256 id, address who, uint256 nonce, uint256 deadline)
        internal
        view
        returns (bytes32)
    {
        bytes32 typehash =
            keccak256("SetOperator(uint256 id,address operator,uint256 nonce,uint256 deadline)");

        return typed(keccak256(abi.encode(typehash, id, who, nonce, deadline)));
    }

    function proofOf(uint256 seed, bytes32 digest) internal pure returns (bytes memory) {
        return vm.signEd25519("", abi.encodePacked("OVPP-EIP712", digest), bytes32(seed));
    }

    function register(uint8 kind, uint256 seed) internal returns (uint256) {
        DeviceRegistry.Registration memory r = registration(kind, seed);
        bytes32 digest = digestOf(r);

        return d.registry.register(r, signed(OWNER, digest), proofOf(seed, digest));
    }

    // ---- batches ----------------------------------------------------------------------------

    function batch(uint256 gateway, uint48 seq) internal view returns (TelemetryAnchor.Batch memory) {
        uint48 now_ = uint48(block.timestamp * 1000);

        return
            TelemetryAnchor.Batch(gateway, seq, keccak256(abi.encode(gateway, seq)), 60, now_ - 60_000, now_);
    }

    function hashOf(TelemetryAnchor.Batch memory b) internal pure returns (bytes32) {
        bytes32 typehash =
            keccak256("Batch(uint256 gateway,uint48 seq,bytes32 root,uint32 n,uint48 t0,uint48 t1)");

        return keccak256(abi.encode(typehash, b.gateway, b.seq, b.root, b.n, b.t0, b.t1));
    }

    function digestOf(TelemetryAnchor.Batch memory b) internal view returns (bytes32) {
        bytes32 separator = domain("OpenVPP TelemetryAnchor", address(d.anchor));

        return keccak256(abi.encodePacked(hex"1901", separator, hashOf(b)));
    }

    function signedBatch(uint256 secret, TelemetryAnchor.Batch memory b)
        internal
        view
        returns (TelemetryAnchor.SignedBatch memory)
    {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digestOf(b));

        return TelemetryAnchor.SignedBatch(b, r, bytes32(uint256(v - 27) << 255 | uint256(s)));
    }

    function refused(TelemetryAnchor.Refusal why) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(TelemetryAnchor.Refused.selector, why);
    }
}
