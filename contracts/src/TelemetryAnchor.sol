// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

import {IGatewayHeads} from "./IGatewayHeads.sol";

/**
 * Where batches of telemetry are anchored: one rolling head a gateway, two words. The
 * head commits to every batch before it (`acc`); the batches themselves are events, from
 * which anybody can compute it again.
 *
 * A gateway's batches have contiguous numbers, so each is anchored once, whoever sends it
 * and however often. Only the registry says who may.
 */
contract TelemetryAnchor is IGatewayHeads, EIP712 {
    bytes32 private constant BATCH_TYPEHASH =
        keccak256("Batch(uint256 gateway,uint48 seq,bytes32 root,uint32 n,uint48 t0,uint48 t1)");

    /// How far a gateway's clock may be ahead of the chain's, ms.
    uint256 private constant CLOCK_TOLERANCE = 120_000;

    /**
     * gateway: its id in the registry
     * seq: number of the batch, without a break
     * root: of the batch
     * n: its records
     * t0, t1: of its earliest and latest record, ms since 1970
     */
    struct Batch {
        uint256 gateway;
        uint48 seq;
        bytes32 root;
        uint32 n;
        uint48 t0;
        uint48 t1;
    }

    /// With the signature of the gateway's transaction key (ERC-2098); zeroes if it sends it.
    struct SignedBatch {
        Batch batch;
        bytes32 r;
        bytes32 vs;
    }

    /**
     * signer: the gateway's transaction key, 0: nobody may anchor
     * next: number of the batch that comes next
     * time: t1 of the last batch
     * acc: keccak256(acc before || EIP-712 hash of the batch), 0 at first
     */
    struct Head {
        address signer;
        uint48 next;
        uint48 time;
        bytes32 acc;
    }

    /// Why a batch is not taken.
    enum Refusal {
        None,
        NotAuthorized,
        WrongSequence,
        ZeroRoot,
        NoRecords,
        WrongTime
    }

    address public immutable registry;

    /// A head as it is stored: signer, next and time in one word, so that it is read and
    /// written once. signer: bits 0 to 159; next: 160 to 207; time: 208 to 255.
    struct Stored {
        uint256 word;
        bytes32 acc;
    }

    mapping(uint256 gateway => Stored) private _heads;

    event Anchored(uint256 indexed gateway, uint48 indexed seq, bytes32 root, uint32 n, uint48 t0, uint48 t1);
    event Skipped(uint256 indexed gateway, uint48 indexed seq, Refusal why);
    event Enrolled(uint256 indexed gateway, address indexed signer, uint48 first);
    event Authorized(uint256 indexed gateway, address indexed signer);

    error Refused(Refusal why);
    error NotRegistry();

    modifier onlyRegistry() {
        if (msg.sender != registry) revert NotRegistry();
        _;
    }

    constructor(address registry_) EIP712("OpenVPP TelemetryAnchor", "1") {
        registry = registry_;
    }

    // ---- anchoring -----------------------------------------------------------------------

    /// A batch, sent by the gateway.
    function anchor(Batch calldata batch) external {
        _require(_anchor(batch, _hash(batch), msg.sender));
    }

    /// A batch, signed by the gateway and sent by anybody.
    function anchorBySig(Batch calldata batch, bytes32 r, bytes32 vs) external {
        bytes32 hash = _hash(batch);

        _require(_anchor(batch, hash, _signer(hash, r, vs)));
    }

    /**
     * Many batches, of one gateway or of many. What is anchored already is passed over; what
     * is refused is passed over with an event, so that nobody can spoil the others'.
     * Returns how many were anchored.
     */
    function anchorMany(SignedBatch[] calldata batches) external returns (uint256 anchored) {
        for (uint256 i = 0; i < batches.length; i++) {
            SignedBatch calldata s = batches[i];

            if (s.batch.seq < next(s.batch.gateway)) continue;
            bytes32 hash = _hash(s.batch);
            Refusal why = _anchor(s.batch, hash, s.r == 0 ? msg.sender : _signer(hash, s.r, s.vs));
            if (why == Refusal.None) anchored++;
            else emit Skipped(s.batch.gateway, s.batch.seq, why);
        }
    }

    // ---- what everybody may know ---------------------------------------------------------

    function head(uint256 gateway) external view returns (Head memory) {
        Stored storage stored = _heads[gateway];
        uint256 word = stored.word;

        return Head(address(uint160(word)), uint48(word >> 160), uint48(word >> 208), stored.acc);
    }

    function next(uint256 gateway) public view returns (uint48) {
        return uint48(_heads[gateway].word >> 160);
    }

    /// EIP-712's, for who signs.
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    // ---- what the registry says ----------------------------------------------------------

    function enroll(uint256 gateway, address signer, uint48 first) external onlyRegistry {
        _heads[gateway] = Stored(_pack(signer, first, 0), 0);
        emit Enrolled(gateway, signer, first);
    }

    function authorize(uint256 gateway, address signer) external onlyRegistry {
        Stored storage stored = _heads[gateway];

        stored.word = stored.word >> 160 << 160 | uint160(signer);
        emit Authorized(gateway, signer);
    }

    // ---- how -------------------------------------------------------------------------------

    function _anchor(Batch calldata b, bytes32 hash, address signer) private returns (Refusal) {
        Stored storage stored = _heads[b.gateway];
        uint256 word = stored.word;
        uint256 seq = b.seq;
        uint256 t1 = b.t1;

        // Signer and number in one comparison; which of them it is matters only if it fails.
        if (uint208(word) != (uint160(signer) | seq << 160) || signer == address(0)) {
            return signer == address(uint160(word)) && signer != address(0)
                ? Refusal.WrongSequence
                : Refusal.NotAuthorized;
        }
        if (b.root == 0) return Refusal.ZeroRoot;
        if (b.n == 0) return Refusal.NoRecords;
        // No sum in here overflows: numbers begin in the lower half, see the registry.
        unchecked {
            if (b.t0 > t1 || t1 < word >> 208 || t1 > block.timestamp * 1000 + CLOCK_TOLERANCE) {
                return Refusal.WrongTime;
            }
            stored.word = _pack(signer, seq + 1, t1);
        }
        stored.acc = Hashes.efficientKeccak256(stored.acc, hash);
        _emitAnchored(b);
        return Refusal.None;
    }

    /// emit Anchored(b.gateway, b.seq, b.root, b.n, b.t0, b.t1): what is not indexed are the
    /// last four words of the batch, as they are.
    function _emitAnchored(Batch calldata b) private {
        bytes32 topic = Anchored.selector;

        assembly ("memory-safe") {
            let words := mload(0x40)
            calldatacopy(words, add(b, 0x40), 0x80)
            log3(words, 0x80, topic, calldataload(b), calldataload(add(b, 0x20)))
        }
    }

    function _pack(address signer, uint256 next_, uint256 time) private pure returns (uint256) {
        return uint160(signer) | next_ << 160 | time << 208;
    }

    function _require(Refusal why) private pure {
        if (why != Refusal.None) revert Refused(why);
    }

    /// EIP-712 hash: keccak256(abi.encode(BATCH_TYPEHASH, fields ...)). The fields are six words
    /// one after the other in calldata; whether they are in range _anchor sees when it reads them.
    function _hash(Batch calldata b) private pure returns (bytes32 hash) {
        bytes32 typehash = BATCH_TYPEHASH;

        assembly ("memory-safe") {
            let words := mload(0x40)
            mstore(words, typehash)
            calldatacopy(add(words, 0x20), b, 0xc0)
            hash := keccak256(words, 0xe0)
        }
    }

    /// 0 if the signature is none.
    function _signer(bytes32 hash, bytes32 r, bytes32 vs) private view returns (address signer) {
        (signer,,) = ECDSA.tryRecover(_hashTypedDataV4(hash), r, vs);
    }
}
