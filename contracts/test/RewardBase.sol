// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {vm} from "../script/Vm.sol";
import {RewardClaims} from "../src/RewardClaims.sol";
import {RewardLedger} from "../src/RewardLedger.sol";
import {Base} from "./Base.sol";

/// A ledger with 10,000 OVPP and three attestors, two of whom have to agree.
abstract contract RewardBase is Base {
    address internal constant ATTESTOR = address(0xA0);
    address internal constant SECOND = address(0xA1);
    address internal constant THIRD = address(0xA2);
    address internal constant GUARDIAN = address(0x6A);
    address internal constant ALICE = address(0xA11);
    address internal constant BOB = address(0xB0B);

    RewardLedger internal ledger;
    RewardClaims internal claims;

    function setUpRewards() internal {
        deploy();
        ledger = d.rewards;
        claims = ledger.claims();
        d.token.approve(address(ledger), 10_000 ether);
        ledger.fund(10_000 ether);
        bond(ATTESTOR);
        bond(SECOND);
    }

    function bond(address attestor) internal {
        d.token.transfer(attestor, 100 ether);
        vm.startPrank(attestor);
        d.token.approve(address(ledger), 100 ether);
        ledger.depositBond(100 ether);
        vm.stopPrank();
    }

    function pair(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(abi.encodePacked(a, b)) : keccak256(abi.encodePacked(b, a));
    }

    /// The tree of Alice and Bob.
    function rootOf(uint256 alice, uint256 bob) internal view returns (bytes32) {
        return pair(claims.leaf(ALICE, alice), claims.leaf(BOB, bob));
    }

    /// The proof of one of them is the leaf of the other.
    function proofOf(address other, uint256 cumulative) internal view returns (bytes32[] memory proof) {
        proof = new bytes32[](1);
        proof[0] = claims.leaf(other, cumulative);
    }

    function proposeRoot(bytes32 root, uint128 total) internal returns (bytes32) {
        bytes32 params = d.parameters.paramsHash();
        uint48 next = ledger.epoch() + 1;

        vm.prank(ATTESTOR);
        return ledger.propose(next, root, total, "evidence", params);
    }

    function propose(uint128 alice, uint128 bob) internal returns (bytes32) {
        return proposeRoot(rootOf(alice, bob), alice + bob);
    }

    function attest(bytes32 id) internal {
        vm.prank(SECOND);
        ledger.attest(id);
    }

    function conclude(uint128 alice, uint128 bob) internal {
        attest(propose(alice, bob));
        vm.warp(ledger.pending().readyAt);
        ledger.finalize();
    }
}
