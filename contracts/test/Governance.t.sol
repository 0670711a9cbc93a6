// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {ERC20Capped} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Capped.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {vm} from "../script/Vm.sol";
import {Base} from "./Base.sol";

contract GovernanceTest is Base {
    address internal voter = address(0xF0);

    function setUp() public {
        deploy();
        d.token.transfer(voter, 100_000 ether);
        vm.prank(voter);
        d.token.delegate(voter);
        vm.warp(block.timestamp + 1);
    }

    struct Motion {
        address[] targets;
        uint256[] values;
        bytes[] calls;
        uint256 id;
    }

    function motion(address target, bytes memory call) internal returns (Motion memory m) {
        m.targets = new address[](1);
        m.values = new uint256[](1);
        m.calls = new bytes[](1);
        (m.targets[0], m.calls[0]) = (target, call);
        vm.prank(voter);
        m.id = d.governor.propose(m.targets, m.values, m.calls, "motion");
    }

    function execute(Motion memory m) internal {
        d.governor.execute(m.targets, m.values, m.calls, keccak256("motion"));
    }

    function pass(Motion memory m) internal {
        vm.warp(block.timestamp + 1 hours + 1);
        vm.prank(voter);
        d.governor.castVote(m.id, 1);
        vm.warp(block.timestamp + 1 days + 1);
        d.governor.queue(m.targets, m.values, m.calls, keccak256("motion"));
        vm.warp(block.timestamp + 1 days);
        execute(m);
    }

    function test_votes_change_a_parameter_after_vote_and_delay() public {
        bytes32[] memory names = new bytes32[](1);
        uint256[] memory values = new uint256[](1);

        (names[0], values[0]) = ("energy_weight_ppm", 7);
        Motion memory m = motion(address(d.parameters), abi.encodeCall(d.parameters.set, (names, values)));
        vm.expectRevert();
        d.governor.queue(m.targets, m.values, m.calls, keccak256("motion"));
        pass(m);
        same(d.parameters.get("energy_weight_ppm"), 7);
    }

    function test_nothing_is_executed_before_the_delay_is_over() public {
        Motion memory m = motion(address(d.token), abi.encodeCall(d.token.mint, (voter, 1)));

        vm.warp(block.timestamp + 1 hours + 1);
        vm.prank(voter);
        d.governor.castVote(m.id, 1);
        vm.warp(block.timestamp + 1 days + 1);
        d.governor.queue(m.targets, m.values, m.calls, keccak256("motion"));
        vm.warp(block.timestamp + 1 days - 1);
        vm.expectRevert();
        execute(m);
        vm.warp(block.timestamp + 1);
        execute(m);
        same(d.token.balanceOf(voter), 100_000 ether + 1);
    }

    function test_what_is_voted_down_or_lacks_a_quorum_is_not_queued() public {
        Motion memory m = motion(address(d.token), abi.encodeCall(d.token.mint, (voter, 1)));

        vm.warp(block.timestamp + 1 hours + 1);
        vm.prank(voter);
        d.governor.castVote(m.id, 0);
        vm.warp(block.timestamp + 1 days + 1);
        same(uint256(d.governor.state(m.id)), uint256(IGovernor.ProposalState.Defeated));
        vm.expectRevert();
        d.governor.queue(m.targets, m.values, m.calls, keccak256("motion"));
    }

    function test_who_has_too_few_votes_proposes_nothing() public {
        Motion memory m;

        m.targets = new address[](1);
        m.values = new uint256[](1);
        m.calls = new bytes[](1);
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(
                IGovernor.GovernorInsufficientProposerVotes.selector, stranger, 0, 1000 ether
            )
        );
        d.governor.propose(m.targets, m.values, m.calls, "motion");
    }

    function test_the_governor_governs_itself_through_the_timelock_only() public {
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorOnlyExecutor.selector, address(this)));
        d.governor.setVotingPeriod(1);
        pass(motion(address(d.governor), abi.encodeCall(d.governor.setVotingPeriod, (2 days))));
        same(d.governor.votingPeriod(), 2 days);
    }

    function test_the_deployer_has_no_role() public view {
        bytes32[4] memory roles = [
            d.timelock.DEFAULT_ADMIN_ROLE(),
            d.timelock.PROPOSER_ROLE(),
            d.timelock.CANCELLER_ROLE(),
            d.timelock.EXECUTOR_ROLE()
        ];

        for (uint256 i = 0; i < 4; i++) {
            no(d.timelock.hasRole(roles[i], address(this)));
            same(d.timelock.hasRole(roles[i], address(d.governor)) ? 1 : 0, i == 1 || i == 2 ? 1 : 0);
        }
        yes(d.timelock.hasRole(roles[0], address(d.timelock)));
        yes(d.timelock.hasRole(roles[3], address(0)));
        same(d.token.owner(), address(d.timelock));
        same(d.parameters.owner(), address(d.timelock));
        same(d.rewards.owner(), address(d.timelock));
        same(d.anchor.registry(), address(d.registry));
        same(address(d.registry.anchor()), address(d.anchor));
        same(d.rewards.claims().ledger(), address(d.rewards));
    }

    function test_nobody_gives_roles_away() public {
        bytes32 admin = d.timelock.DEFAULT_ADMIN_ROLE();
        bytes32 role = d.timelock.PROPOSER_ROLE();

        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControl.AccessControlUnauthorizedAccount.selector, address(this), admin
            )
        );
        d.timelock.grantRole(role, stranger);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControl.AccessControlUnauthorizedAccount.selector, address(this), role
            )
        );
        d.timelock.schedule(address(d.token), 0, abi.encodeCall(d.token.mint, (stranger, 1)), 0, 0, 1 days);
    }

    // ---- the token -------------------------------------------------------------------------------------

    function test_the_supply_is_capped_and_minted_by_the_timelock() public {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        d.token.mint(voter, 1);
        vm.startPrank(address(d.timelock));
        vm.expectRevert(
            abi.encodeWithSelector(
                ERC20Capped.ERC20ExceededCap.selector, 1_000_000 ether + 1, 1_000_000 ether
            )
        );
        d.token.mint(voter, 500_000 ether + 1);
        d.token.mint(voter, 500_000 ether);
        same(d.token.totalSupply(), d.token.cap());
    }

    function test_votes_count_time() public {
        same(d.token.clock(), block.timestamp);
        same(keccak256(bytes(d.token.CLOCK_MODE())), keccak256("mode=timestamp"));
        uint256 then = block.timestamp;
        vm.warp(then + 10);
        vm.prank(voter);
        d.token.transfer(stranger, 40_000 ether);
        vm.warp(then + 20);
        same(d.token.getPastVotes(voter, then), 100_000 ether);
        same(d.token.getPastVotes(voter, then + 10), 60_000 ether);
    }

    function permitDigest(uint256 nonce, uint256 deadline) internal view returns (bytes32) {
        bytes32 typehash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 hash = keccak256(abi.encode(typehash, owner, stranger, 5, nonce, deadline));

        return keccak256(abi.encodePacked(hex"1901", domain("OpenVPP", address(d.token)), hash));
    }

    function test_a_permit_is_used_once() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(OWNER, permitDigest(0, NEVER));

        d.token.permit(owner, stranger, 5, NEVER, v, r, s);
        same(d.token.allowance(owner, stranger), 5);
        same(d.token.nonces(owner), 1);
        vm.expectRevert();
        d.token.permit(owner, stranger, 5, NEVER, v, r, s);
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612ExpiredSignature.selector, 1));
        d.token.permit(owner, stranger, 5, 1, v, r, s);
    }
}
