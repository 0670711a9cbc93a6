// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/**
 * ERC-721 whose tokens keep a short record in the word of their owner: a mint writes one
 * word of the token and one of its owner's balance, and no third one.
 */
abstract contract IdentityToken is ERC721 {
    /**
     * owner: who owns it, 0: there is no such token
     * kind: what it is, see DeviceRegistry
     * keyType: of its first key, see Keys
     * nonce: of the next action that its owner signs
     * since: batch from which its first key is valid
     */
    struct Identity {
        address owner;
        uint8 kind;
        uint8 keyType;
        uint32 nonce;
        uint48 since;
    }

    mapping(uint256 id => Identity) internal _identities;
    mapping(address owner => uint256) private _balances;

    function balanceOf(address owner) public view override returns (uint256) {
        if (owner == address(0)) revert ERC721InvalidOwner(address(0));
        return _balances[owner];
    }

    function _ownerOf(uint256 id) internal view override returns (address) {
        return _identities[id].owner;
    }

    /// What ERC721._update does, on this storage. What an owner has signed and nobody has
    /// used yet does not outlive the ownership.
    function _update(address to, uint256 id, address auth) internal override returns (address) {
        Identity storage identity = _identities[id];
        address from = identity.owner;

        if (auth != address(0)) _checkAuthorized(from, auth, id);
        if (from != address(0)) {
            _approve(address(0), id, address(0), false);
            _balances[from] -= 1;
            identity.nonce += 1;
        }
        if (to != address(0)) _balances[to] += 1;
        identity.owner = to;
        emit Transfer(from, to, id);
        return from;
    }
}
