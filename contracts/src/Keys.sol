// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";

/**
 * The keys that a device may have, as bytes, and what proves that somebody holds one:
 *
 *  type       | key                | signature                            | checked
 *  Ed25519    | 32 bytes, RFC 8032 | 64 bytes over "OVPP-EIP712" || digest | off the chain
 *  secp256k1  | x || y, 64 bytes   | r || s || v, 65 bytes over digest    | here
 *  P-256      | x || y, 64 bytes   | r || s, 64 bytes over digest         | here
 *
 * The EVM cannot check Ed25519 at a sane price (about 700,000 gas). Such a signature is
 * published in an event, where everybody can. Signatures with a high s are refused: each
 * proof has one form.
 */
library Keys {
    uint8 internal constant ED25519 = 1;
    uint8 internal constant SECP256K1 = 2;
    uint8 internal constant P_256 = 3;

    error UnknownKeyType(uint8 keyType);
    error MalformedKey();
    error NotPossessed();

    /// Reverts unless `signature` proves that its maker holds `key`, as far as a chain can tell.
    function requirePossession(uint8 keyType, bytes calldata key, bytes32 digest, bytes calldata signature)
        internal
        view
    {
        if (keyType == ED25519) {
            if (key.length != 32) revert MalformedKey();
            if (signature.length != 64) revert NotPossessed();
            return;
        }
        if (keyType != SECP256K1 && keyType != P_256) revert UnknownKeyType(keyType);
        if (key.length != 64) revert MalformedKey();
        bool possessed =
            keyType == SECP256K1 ? _secp256k1(key, digest, signature) : _p256(key, digest, signature);
        if (!possessed) revert NotPossessed();
    }

    /// An address is the end of the hash of a key, so equal addresses are equal keys.
    function _secp256k1(bytes calldata key, bytes32 digest, bytes calldata signature)
        private
        pure
        returns (bool)
    {
        (address signer, ECDSA.RecoverError failed,) = ECDSA.tryRecoverCalldata(digest, signature);
        return failed == ECDSA.RecoverError.NoError && signer == address(uint160(uint256(keccak256(key))));
    }

    /// By the precompile where the chain has it (EIP-7951, RIP-7212), else in Solidity.
    function _p256(bytes calldata key, bytes32 digest, bytes calldata signature) private view returns (bool) {
        if (signature.length != 64) return false;
        return P256.verify(
            digest, bytes32(signature[:32]), bytes32(signature[32:]), bytes32(key[:32]), bytes32(key[32:])
        );
    }
}
