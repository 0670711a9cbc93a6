// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {IGatewayHeads} from "./IGatewayHeads.sol";
import {IdentityToken} from "./IdentityToken.sol";
import {Keys} from "./Keys.sol";

/**
 * Who is who: every gateway and every device is an asset with an owner, a key of its own
 * and an id that never changes. Owner and device both sign a registration; what follows
 * is the owner's: rotate and revoke keys, name an operator, sell the asset.
 *
 * Each key (an epoch) is valid for one interval of batch numbers, so old batches verify
 * under the key that signed them. Nobody has privileges here: no role, no parameter.
 *
 * An owner acts with a transaction, or with a signature (EIP-712; ERC-1271 if it is a
 * contract) that anybody may bring. See docs/contracts.md.
 */
contract DeviceRegistry is IdentityToken, EIP712 {
    /// Kind of a gateway. Others are kinds of DER, with the numbers of enum ovpp_kind.
    uint8 public constant GATEWAY = 255;

    /// `until` of a key that is neither replaced nor revoked.
    uint48 public constant OPEN = type(uint48).max;

    bytes32 private constant REGISTER_TYPEHASH = keccak256(
        "Register(address owner,address operator,uint8 kind,uint8 keyType,bytes key,uint48 since,uint256 deadline)"
    );
    bytes32 private constant ROTATE_TYPEHASH =
        keccak256("RotateKey(uint256 id,uint8 keyType,bytes key,uint48 from,uint256 nonce,uint256 deadline)");
    bytes32 private constant REVOKE_TYPEHASH = keccak256(
        "RevokeKey(uint256 id,uint256 epoch,uint48 from,uint8 reason,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant OPERATOR_TYPEHASH =
        keccak256("SetOperator(uint256 id,address operator,uint256 nonce,uint256 deadline)");

    /**
     * owner: owns the asset
     * operator: account that acts for it, for a gateway: its transaction key; 0: none
     * kind: GATEWAY, or a kind of DER
     * keyType, key: its first key, see Keys
     * since: first batch that the key signs
     * deadline: time after which the signatures are void, s
     */
    struct Registration {
        address owner;
        address operator;
        uint8 kind;
        uint8 keyType;
        bytes key;
        uint48 since;
        uint256 deadline;
    }

    /**
     * id: whose
     * keyType, key: its next key
     * from: first batch that the key signs
     * deadline: time after which the signatures are void, s
     */
    struct Rotation {
        uint256 id;
        uint8 keyType;
        bytes key;
        uint48 from;
        uint256 deadline;
    }

    /**
     * id: whose
     * epoch: of the key, 0 is the first one
     * from: first batch that it is not to be trusted for
     * reason: as in RFC 5280, 5.3.1 (1: the key is compromised)
     * deadline: time after which the signature is void, s
     */
    struct Revocation {
        uint256 id;
        uint256 epoch;
        uint48 from;
        uint8 reason;
        uint256 deadline;
    }

    /// A key and the batches [from, until) that it signs. hash: keccak256 of the key; 0 for
    /// the first one, which is in the id.
    struct Key {
        bytes32 hash;
        uint48 from;
        uint48 until;
        uint8 keyType;
    }

    /// The contract that anchors batches of the gateways here.
    IGatewayHeads public immutable anchor;

    /// Who acts for an identity beside its owner.
    mapping(uint256 id => address) public operatorOf;

    /// All keys, once there was a second one or the first one was revoked; else none.
    mapping(uint256 id => Key[]) private _keys;

    event DeviceRegistered(
        uint256 indexed id,
        address indexed owner,
        bytes32 indexed keyHash,
        Registration registration,
        bytes proof
    );
    event KeyRotated(
        uint256 indexed id,
        uint256 indexed epoch,
        bytes32 indexed keyHash,
        Rotation rotation,
        uint256 nonce,
        bytes proof
    );
    event KeyRevoked(uint256 indexed id, uint256 indexed epoch, uint48 from, uint8 reason);
    event OperatorSet(uint256 indexed id, address indexed operator);

    error Expired(uint256 deadline);
    error NotSignedByOwner();
    error NoOperator();
    error NoSuchKey(uint256 epoch);
    error WrongInterval();

    constructor(IGatewayHeads anchor_)
        ERC721("OpenVPP device", "OVPPD")
        EIP712("OpenVPP DeviceRegistry", "1")
    {
        anchor = anchor_;
    }

    // ---- what an owner does -------------------------------------------------------------

    /// An id, once and for all. `ownerSignature` may be empty if the owner is the sender.
    function register(Registration calldata r, bytes calldata ownerSignature, bytes calldata proof)
        external
        returns (uint256 id)
    {
        bytes32 keyHash = keccak256(r.key);
        bytes32 digest = _hashTypedDataV4(_hash(r, keyHash));

        _requireSigned(r.owner, r.deadline, digest, ownerSignature);
        Keys.requirePossession(r.keyType, r.key, digest, proof);
        id = _id(r.keyType, keyHash, r.owner);
        _mint(r.owner, id);
        _identities[id] = Identity(r.owner, r.kind, r.keyType, 0, r.since);
        if (r.operator != address(0)) operatorOf[id] = r.operator;
        if (r.kind == GATEWAY) {
            if (r.operator == address(0)) revert NoOperator();
            if (r.since > OPEN / 2) revert WrongInterval();
            anchor.enroll(id, r.operator, r.since);
        }
        emit DeviceRegistered(id, r.owner, keyHash, r, proof);
    }

    /**
     * A new key from a batch on. What is anchored keeps its key: that batch is not anchored yet. A gateway whose key was revoked may anchor again.
     */
    function rotateKey(Rotation calldata r, bytes calldata ownerSignature, bytes calldata proof) external {
        bytes32 keyHash = keccak256(r.key);
        uint256 nonce = _identities[r.id].nonce;
        bytes32 digest = _authorizeOwner(r.id, r.deadline, _hash(r, keyHash, nonce), ownerSignature);

        Keys.requirePossession(r.keyType, r.key, digest, proof);
        uint256 epoch = _succeed(r.id, Key(keyHash, r.from, OPEN, r.keyType));
        if (_identities[r.id].kind == GATEWAY) anchor.authorize(r.id, operatorOf[r.id]);
        emit KeyRotated(r.id, epoch, keyHash, r, nonce, proof);
    }

    /**
     * A key is not to be trusted from a batch on. If it is the last one, nobody acts for the
     * identity until there is a new key.
     */
    function revokeKey(Revocation calldata r, bytes calldata ownerSignature) external {
        _authorizeOwner(r.id, r.deadline, _hash(r, _identities[r.id].nonce), ownerSignature);
        Key[] storage keys = _allKeys(r.id);
        if (r.epoch >= keys.length) revert NoSuchKey(r.epoch);
        Key storage key = keys[r.epoch];
        if (r.from < key.from || r.from >= key.until) revert WrongInterval();
        key.until = r.from;
        if (r.epoch == keys.length - 1 && _identities[r.id].kind == GATEWAY) {
            anchor.authorize(r.id, address(0));
        }
        emit KeyRevoked(r.id, r.epoch, r.from, r.reason);
    }

    /// Another account that acts for the identity; 0: none, not for a gateway.
    function setOperator(uint256 id, address operator, uint256 deadline, bytes calldata ownerSignature)
        external
    {
        _authorizeOwner(
            id,
            deadline,
            keccak256(abi.encode(OPERATOR_TYPEHASH, id, operator, _identities[id].nonce, deadline)),
            ownerSignature
        );
        operatorOf[id] = operator;
        if (_identities[id].kind == GATEWAY) {
            if (operator == address(0)) revert NoOperator();
            if (!isRevoked(id)) anchor.authorize(id, operator);
        }
        emit OperatorSet(id, operator);
    }

    // ---- what everybody may know --------------------------------------------------------

    /**
     * The id of a key on this chain, in this registry. An Ed25519 key's proof is not checked
     * here, so its id is that of the key and of the owner that the proof names: else whoever
     * sees the key of somebody's gateway could take its id.
     */
    function idOf(uint8 keyType, bytes calldata key, address firstOwner) external view returns (uint256) {
        return _id(keyType, keccak256(key), firstOwner);
    }

    function identityOf(uint256 id) external view returns (Identity memory) {
        _requireOwned(id);
        return _identities[id];
    }

    /// Epochs of keys so far, at least 1.
    function keyCount(uint256 id) public view returns (uint256) {
        _requireOwned(id);
        uint256 count = _keys[id].length;
        return count == 0 ? 1 : count;
    }

    function keyAt(uint256 id, uint256 epoch) public view returns (Key memory) {
        if (epoch >= keyCount(id)) revert NoSuchKey(epoch);
        if (_keys[id].length == 0) return _firstKey(id);
        return _keys[id][epoch];
    }

    /// Whether this is the key of that epoch, and valid for that batch. `firstOwner`: who
    /// registered the identity, of use for a first key only.
    function isKeyAt(
        uint256 id,
        uint256 epoch,
        uint48 seq,
        uint8 keyType,
        bytes calldata key,
        address firstOwner
    ) external view returns (bool) {
        Key memory k = keyAt(id, epoch);
        bytes32 keyHash = keccak256(key);
        bool same =
            k.hash == 0 ? _id(keyType, keyHash, firstOwner) == id : k.hash == keyHash && k.keyType == keyType;
        return same && seq >= k.from && seq < k.until;
    }

    /// Whether its last key is revoked.
    function isRevoked(uint256 id) public view returns (bool) {
        return keyAt(id, keyCount(id) - 1).until != OPEN;
    }

    /// Whether this account may act for the identity now: operator, owner, or approved by it.
    function mayAct(uint256 id, address account) external view returns (bool) {
        if (isRevoked(id)) return false;
        return account == operatorOf[id] && account != address(0) || _isAuthorized(_ownerOf(id), account, id);
    }

    /// EIP-712's, for who signs.
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    // ---- how ------------------------------------------------------------------------------

    function _id(uint8 keyType, bytes32 keyHash, address owner) private view returns (uint256) {
        address claimant = keyType == Keys.ED25519 ? owner : address(0);

        return uint256(keccak256(abi.encode(block.chainid, address(this), keyType, keyHash, claimant)));
    }

    function _hash(Registration calldata r, bytes32 keyHash) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                REGISTER_TYPEHASH, r.owner, r.operator, r.kind, r.keyType, keyHash, r.since, r.deadline
            )
        );
    }

    function _hash(Rotation calldata r, bytes32 keyHash, uint256 nonce) private pure returns (bytes32) {
        return keccak256(abi.encode(ROTATE_TYPEHASH, r.id, r.keyType, keyHash, r.from, nonce, r.deadline));
    }

    function _hash(Revocation calldata r, uint256 nonce) private pure returns (bytes32) {
        return keccak256(abi.encode(REVOKE_TYPEHASH, r.id, r.epoch, r.from, r.reason, nonce, r.deadline));
    }

    /// The owner's consent to an action; uses up the nonce that is in its hash.
    function _authorizeOwner(uint256 id, uint256 deadline, bytes32 structHash, bytes calldata signature)
        private
        returns (bytes32 digest)
    {
        digest = _hashTypedDataV4(structHash);
        _requireSigned(_requireOwned(id), deadline, digest, signature);
        _identities[id].nonce += 1;
    }

    function _requireSigned(address owner, uint256 deadline, bytes32 digest, bytes calldata signature)
        private
        view
    {
        if (block.timestamp > deadline) revert Expired(deadline);
        if (signature.length == 0 && msg.sender == owner) return;
        (address signer, ECDSA.RecoverError failed,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failed == ECDSA.RecoverError.NoError && signer == owner) return;
        if (
            owner.code.length == 0
                || !SignatureChecker.isValidERC1271SignatureNowCalldata(owner, digest, signature)
        ) {
            revert NotSignedByOwner();
        }
    }

    function _firstKey(uint256 id) private view returns (Key memory) {
        Identity storage identity = _identities[id];

        return Key(0, identity.since, OPEN, identity.keyType);
    }

    /// The keys in storage, the first one too.
    function _allKeys(uint256 id) private returns (Key[] storage keys) {
        keys = _keys[id];
        if (keys.length == 0) keys.push(_firstKey(id));
    }

    /// Ends the last key where the new one begins, unless it was revoked before that.
    function _succeed(uint256 id, Key memory key) private returns (uint256 epoch) {
        Key[] storage keys = _allKeys(id);
        epoch = keys.length;
        Key storage last = keys[epoch - 1];

        if (key.from <= last.from || key.from == OPEN || key.from < anchor.next(id)) revert WrongInterval();
        if (last.until == OPEN) last.until = key.from;
        else if (key.from < last.until) revert WrongInterval();
        keys.push(key);
    }
}
