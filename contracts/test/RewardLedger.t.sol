// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {vm} from "../script/Vm.sol";
import {ParameterStore} from "../src/ParameterStore.sol";
import {RewardClaims} from "../src/RewardClaims.sol";
import {RewardLedger} from "../src/RewardLedger.sol";
import {RewardBase} from "./RewardBase.sol";

/// A token that blocks one account, and gives another one a turn when it is paid.
contract HostileToken is ERC20("hostile", "HOST") {
    address public blocked;
    Thief public thief;

    constructor() {
        _mint(msg.sender, 1000 ether);
    }

    function set(address blocked_, Thief thief_) external {
        (blocked, thief) = (blocked_, thief_);
    }

    function _update(address from, address to, uint256 value) internal override {
        require(to != blocked, "blocked");
        super._update(from, to, value);
        if (to == address(thief)) thief.paid();
    }
}

/// Claims again, and takes its bond again, while it is being paid.
contract Thief {
    RewardLedger internal ledger;
    bytes32[] internal proof;
    uint256 public refused;

    function prepare(RewardLedger ledger_, bytes32 sibling, ERC20 token) external {
        ledger = ledger_;
        proof.push(sibling);
        token.approve(address(ledger), 5 ether);
        ledger.depositBond(5 ether);
    }

    function withdraw() external {
        ledger.withdrawBond(5 ether);
    }

    function paid() external {
        RewardClaims claims = ledger.claims();

        if (address(claims) == address(0)) return;
        try claims.claim(address(this), 10 ether, proof) {}
        catch {
            refused++;
        }
        try ledger.withdrawBond(5 ether) {}
        catch {
            refused++;
        }
    }
}

contract RewardLedgerTest is RewardBase {
    function setUp() public {
        setUpRewards();
    }

    // ---- an epoch ---------------------------------------------------------------------------------

    function test_an_epoch_goes_from_proposal_to_payment() public {
        bytes32 root = rootOf(30 ether, 70 ether);
        bytes32 params = d.parameters.paramsHash();
        bytes32 id = keccak256(abi.encode(1, 1, root, 100 ether, bytes32("evidence"), params));
        uint48 readyAt = uint48(block.timestamp + 2 hours);

        vm.expectEmit(address(ledger));
        emit RewardLedger.EpochProposed(1, id, ATTESTOR, root, 100 ether, "evidence", params, readyAt);
        vm.expectEmit(address(ledger));
        emit RewardLedger.EpochAttested(id, ATTESTOR);
        vm.prank(ATTESTOR);
        same(ledger.propose(1, root, 100 ether, "evidence", params), id);
        same(ledger.bondOf(ATTESTOR), 90 ether);
        attest(id);
        same(ledger.pending().agreed, 2);
        vm.warp(readyAt);
        vm.expectEmit(address(ledger));
        emit RewardLedger.EpochFinal(1, id, root, 100 ether);
        vm.expectEmit(address(claims));
        emit RewardClaims.RootSet(root);
        ledger.finalize();
        same(ledger.bondOf(ATTESTOR), 100 ether);
        same(d.token.balanceOf(address(claims)), 100 ether);
        same(ledger.total(), 100 ether);
        same(ledger.epoch(), 1);
        vm.expectEmit(address(claims));
        emit RewardClaims.Claimed(ALICE, 30 ether);
        claims.claim(ALICE, 30 ether, proofOf(BOB, 70 ether));
        same(d.token.balanceOf(ALICE), 30 ether);
        same(claims.claimed(ALICE), 30 ether);
    }

    function test_claims_are_cumulative_and_a_missed_epoch_loses_nothing() public {
        conclude(30 ether, 70 ether);
        claims.claim(ALICE, 30 ether, proofOf(BOB, 70 ether));
        conclude(50 ether, 100 ether);
        conclude(55 ether, 140 ether);
        claims.claim(ALICE, 55 ether, proofOf(BOB, 140 ether));
        claims.claim(BOB, 140 ether, proofOf(ALICE, 55 ether));
        same(d.token.balanceOf(ALICE), 55 ether);
        same(d.token.balanceOf(BOB), 140 ether);
        same(d.token.balanceOf(address(claims)), 0);
    }

    function test_only_attestors_propose_and_attest() public {
        bytes32 params = d.parameters.paramsHash();

        vm.prank(stranger);
        vm.expectRevert(RewardLedger.NotAttestor.selector);
        ledger.propose(1, "root", 0, 0, params);
        bytes32 id = propose(1 ether, 1 ether);
        vm.prank(stranger);
        vm.expectRevert(RewardLedger.NotAttestor.selector);
        ledger.attest(id);
    }

    function refuse(uint48 epoch, bytes32 root, uint128 total, bytes32 params, bytes memory why) internal {
        vm.prank(ATTESTOR);
        vm.expectRevert(why);
        ledger.propose(epoch, root, total, 0, params);
    }

    function test_a_proposal_is_the_next_epoch_of_what_is_there() public {
        bytes32 params = d.parameters.paramsHash();
        conclude(30 ether, 70 ether);

        refuse(1, "r", 100 ether, params, abi.encodeWithSelector(RewardLedger.WrongEpoch.selector, 2));
        refuse(3, "r", 100 ether, params, abi.encodeWithSelector(RewardLedger.WrongEpoch.selector, 2));
        refuse(2, 0, 100 ether, params, abi.encodePacked(RewardLedger.ZeroRoot.selector));
        refuse(2, "r", 100 ether, "x", abi.encodeWithSelector(RewardLedger.WrongParameters.selector, params));
        refuse(2, "r", 100 ether - 1, params, abi.encodePacked(RewardLedger.TotalDecreases.selector));
        refuse(2, "r", 1100 ether + 1, params, abi.encodePacked(RewardLedger.OverStepCap.selector));
        vm.prank(address(d.timelock));
        ledger.withdraw(stranger, 9500 ether);
        refuse(2, "r", 500 ether + 1, params, abi.encodePacked(RewardLedger.OverFunds.selector));
        propose(100 ether, 400 ether);
        refuse(2, "r", 100 ether, params, abi.encodePacked(RewardLedger.Pending.selector));
    }

    function test_a_proposer_has_a_bond() public {
        bytes32 params = d.parameters.paramsHash();

        vm.prank(ATTESTOR);
        ledger.withdrawBond(91 ether);
        refuse(1, "r", 1, params, abi.encodePacked(RewardLedger.NotEnoughBond.selector));
        vm.prank(ATTESTOR);
        vm.expectRevert(RewardLedger.NotEnoughBond.selector);
        ledger.withdrawBond(9 ether + 1);
        vm.expectEmit(address(ledger));
        emit RewardLedger.BondWithdrawn(ATTESTOR, 9 ether);
        vm.prank(ATTESTOR);
        ledger.withdrawBond(9 ether);
    }

    function test_an_attestor_agrees_once_to_what_is_proposed() public {
        bytes32 id = propose(1 ether, 1 ether);

        vm.prank(ATTESTOR);
        vm.expectRevert(RewardLedger.AlreadyAttested.selector);
        ledger.attest(id);
        vm.prank(SECOND);
        vm.expectRevert(RewardLedger.WrongProposal.selector);
        ledger.attest("other");
        attest(id);
        vm.prank(SECOND);
        vm.expectRevert(RewardLedger.AlreadyAttested.selector);
        ledger.attest(id);
    }

    function test_the_same_epoch_proposed_again_needs_new_attestations() public {
        bytes32 id = propose(1 ether, 1 ether);

        attest(id);
        vm.prank(ATTESTOR);
        ledger.cancel();
        vm.prank(SECOND);
        vm.expectRevert(RewardLedger.WrongProposal.selector);
        ledger.attest(id);
        yes(propose(1 ether, 1 ether) != id);
        same(ledger.pending().agreed, 1);
    }

    function test_no_epoch_ends_without_quorum_window_and_proposal() public {
        vm.expectRevert(RewardLedger.NothingPending.selector);
        ledger.finalize();
        bytes32 id = propose(1 ether, 1 ether);
        uint48 readyAt = ledger.pending().readyAt;
        vm.warp(readyAt);
        vm.expectRevert(RewardLedger.NoQuorum.selector);
        ledger.finalize();
        attest(id);
        vm.warp(readyAt - 1);
        vm.expectRevert(abi.encodeWithSelector(RewardLedger.WindowOpen.selector, readyAt));
        ledger.finalize();
    }

    function test_what_is_promised_is_there_when_the_epoch_ends() public {
        attest(propose(100 ether, 400 ether));
        vm.warp(ledger.pending().readyAt);
        vm.prank(address(d.timelock));
        ledger.withdraw(stranger, 9501 ether);
        vm.expectRevert(RewardLedger.OverFunds.selector);
        ledger.finalize();
    }

    function test_another_set_of_attestors_begins_anew() public {
        bytes32 id = propose(1 ether, 1 ether);

        attest(id);
        vm.prank(address(d.timelock));
        ledger.setAttestor(SECOND, false);
        vm.warp(ledger.pending().readyAt);
        vm.expectRevert(RewardLedger.AttestorsChanged.selector);
        ledger.finalize();
        vm.prank(THIRD);
        vm.expectRevert(RewardLedger.AttestorsChanged.selector);
        ledger.attest(id);
        vm.expectEmit(address(ledger));
        emit RewardLedger.EpochCanceled(1, id);
        vm.prank(stranger);
        ledger.cancel();
        same(ledger.bondOf(ATTESTOR), 100 ether);
        vm.expectRevert(RewardLedger.NothingPending.selector);
        ledger.cancel();
    }

    function test_a_proposal_that_nobody_shares_does_not_stay() public {
        propose(1 ether, 1 ether);
        vm.warp(uint256(ledger.pending().readyAt) + 2 hours - 1);
        vm.prank(stranger);
        vm.expectRevert(RewardLedger.NotProposer.selector);
        ledger.cancel();
        vm.warp(block.timestamp + 1);
        vm.prank(stranger);
        ledger.cancel();
        attest(propose(1 ether, 1 ether));
        vm.warp(uint256(ledger.pending().readyAt) + 2 hours);
        vm.prank(stranger);
        vm.expectRevert(RewardLedger.NotProposer.selector);
        ledger.cancel();
    }

    function test_a_veto_takes_the_bond_and_leaves_no_root() public {
        bytes32 id = propose(1 ether, 1 ether);

        attest(id);
        vm.prank(SECOND);
        vm.expectRevert(RewardLedger.NotGuardian.selector);
        ledger.veto();
        vm.expectEmit(address(ledger));
        emit RewardLedger.EpochVetoed(1, id, GUARDIAN, 10 ether);
        vm.prank(GUARDIAN);
        ledger.veto();
        same(ledger.bondOf(ATTESTOR), 90 ether);
        same(ledger.funded(), 10_010 ether);
        same(claims.root(), 0);
        vm.prank(GUARDIAN);
        vm.expectRevert(RewardLedger.NothingPending.selector);
        ledger.veto();
        propose(1 ether, 1 ether);
        vm.prank(address(d.timelock));
        ledger.veto();
    }

    // ---- claims --------------------------------------------------------------------------------------

    function test_a_claim_is_proved_and_paid_once() public {
        conclude(30 ether, 70 ether);

        bytes32[] memory proof = proofOf(BOB, 70 ether);
        vm.expectRevert(RewardClaims.InvalidProof.selector);
        claims.claim(ALICE, 31 ether, proof);
        vm.expectRevert(RewardClaims.InvalidProof.selector);
        claims.claim(stranger, 30 ether, proof);
        vm.expectRevert(RewardClaims.InvalidProof.selector);
        claims.claim(ALICE, 30 ether, new bytes32[](0));
        claims.claim(ALICE, 30 ether, proof);
        vm.expectRevert(RewardClaims.NothingToClaim.selector);
        claims.claim(ALICE, 30 ether, proof);
    }

    function test_what_somebody_has_earned_never_falls() public {
        conclude(30 ether, 70 ether);
        claims.claim(ALICE, 30 ether, proofOf(BOB, 70 ether));
        conclude(20 ether, 80 ether);
        bytes32[] memory proof = proofOf(BOB, 80 ether);
        vm.expectRevert(RewardClaims.NothingToClaim.selector);
        claims.claim(ALICE, 20 ether, proof);
    }

    function test_a_leaf_is_of_this_chain_contract_and_account() public {
        conclude(30 ether, 70 ether);
        bytes32 leaf = claims.leaf(ALICE, 30 ether);

        same(
            leaf,
            keccak256(
                abi.encodePacked(
                    keccak256(abi.encode(block.chainid, address(claims), ALICE, uint256(30 ether)))
                )
            )
        );
        RewardClaims other = new RewardClaims(d.token);
        yes(other.leaf(ALICE, 30 ether) != leaf);
        yes(claims.leaf(BOB, 30 ether) != leaf);
        yes(claims.leaf(ALICE, 31 ether) != leaf);
        bytes32[] memory proof = proofOf(BOB, 70 ether);
        vm.chainId(1);
        vm.expectRevert(RewardClaims.InvalidProof.selector);
        claims.claim(ALICE, 30 ether, proof);
    }

    function test_a_root_that_promises_more_than_its_total_pays_no_more_than_that() public {
        bytes32 root = rootOf(90 ether, 90 ether);

        attest(proposeRoot(root, 100 ether));
        vm.warp(ledger.pending().readyAt);
        ledger.finalize();
        claims.claim(ALICE, 90 ether, proofOf(BOB, 90 ether));
        bytes32[] memory proof = proofOf(ALICE, 90 ether);
        vm.expectRevert();
        claims.claim(BOB, 90 ether, proof);
        same(d.token.balanceOf(address(claims)), 10 ether);
        same(d.token.balanceOf(address(ledger)), 9900 ether + 200 ether);
    }

    function test_only_the_ledger_sets_a_root() public {
        vm.prank(address(d.timelock));
        vm.expectRevert(RewardClaims.NotLedger.selector);
        claims.setRoot("r");
    }

    // ---- a token that is no friend --------------------------------------------------------------------

    function hostile() internal returns (HostileToken token, RewardLedger other) {
        address[] memory attestors = new address[](1);
        RewardLedger.Terms memory terms = RewardLedger.Terms(1000 ether, 0, 1 hours, 1);

        attestors[0] = ATTESTOR;
        token = new HostileToken();
        other = new RewardLedger(token, address(this), d.parameters, terms, attestors, GUARDIAN);
        token.approve(address(other), 1000 ether);
        other.fund(500 ether);
    }

    function finish(RewardLedger other, bytes32 root, uint128 total) internal {
        bytes32 params = d.parameters.paramsHash();

        vm.prank(ATTESTOR);
        other.propose(1, root, total, 0, params);
        vm.warp(block.timestamp + 1 hours);
        other.finalize();
    }

    function test_who_is_paid_is_paid_once_even_in_between() public {
        (HostileToken token, RewardLedger other) = hostile();
        Thief thief = new Thief();
        bytes32 leaf = other.claims().leaf(address(thief), 10 ether);

        token.transfer(address(thief), 5 ether);
        thief.prepare(other, "sibling", token);
        token.set(address(0), thief);
        finish(other, pair(leaf, "sibling"), 100 ether);
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = "sibling";
        uint256 before = token.balanceOf(address(other));
        other.claims().claim(address(thief), 10 ether, proof);
        same(token.balanceOf(address(other.claims())), 90 ether);
        same(token.balanceOf(address(other)), before - 5 ether);
        yes(thief.refused() > 0);
        vm.expectRevert(RewardLedger.NotEnoughBond.selector);
        thief.withdraw();
    }

    function test_one_payee_that_is_blocked_blocks_no_other() public {
        (HostileToken token, RewardLedger other) = hostile();
        RewardClaims c = other.claims();
        bytes32[] memory proof = new bytes32[](1);

        finish(other, pair(c.leaf(ALICE, 10 ether), c.leaf(BOB, 20 ether)), 30 ether);
        token.set(ALICE, Thief(address(0)));
        proof[0] = c.leaf(BOB, 20 ether);
        vm.expectRevert("blocked");
        c.claim(ALICE, 10 ether, proof);
        proof[0] = c.leaf(ALICE, 10 ether);
        c.claim(BOB, 20 ether, proof);
        same(token.balanceOf(BOB), 20 ether);
    }

    // ---- governance --------------------------------------------------------------------------------------

    function test_what_is_not_promised_can_be_taken_back() public {
        conclude(30 ether, 70 ether);
        vm.startPrank(address(d.timelock));
        vm.expectRevert(RewardLedger.OverFunds.selector);
        ledger.withdraw(stranger, 9900 ether + 1);
        vm.expectEmit(address(ledger));
        emit RewardLedger.Withdrawn(stranger, 9900 ether);
        ledger.withdraw(stranger, 9900 ether);
        same(d.token.balanceOf(stranger), 9900 ether);
        same(ledger.funded(), ledger.total());
        same(d.token.balanceOf(address(ledger)), 200 ether);
    }

    function terms(uint48 window, uint32 quorum) internal pure returns (RewardLedger.Terms memory) {
        return RewardLedger.Terms(1, 2, window, quorum);
    }

    function test_terms_have_bounds() public {
        vm.startPrank(address(d.timelock));
        vm.expectRevert(RewardLedger.WrongTerms.selector);
        ledger.setTerms(terms(1 hours - 1, 1));
        vm.expectRevert(RewardLedger.WrongTerms.selector);
        ledger.setTerms(terms(30 days + 1, 1));
        vm.expectRevert(RewardLedger.WrongTerms.selector);
        ledger.setTerms(terms(1 hours, 0));
        vm.expectRevert(RewardLedger.WrongTerms.selector);
        ledger.setTerms(terms(1 hours, 4));
        vm.expectEmit(address(ledger));
        emit RewardLedger.TermsSet(1, 2, 1 hours, 3);
        ledger.setTerms(terms(1 hours, 3));
        same(ledger.terms().quorum, 3);
        vm.expectRevert(RewardLedger.WrongTerms.selector);
        ledger.setAttestor(SECOND, false);
        vm.expectRevert(RewardLedger.WrongTerms.selector);
        ledger.setAttestor(SECOND, true);
        vm.expectRevert(RewardLedger.WrongTerms.selector);
        ledger.setAttestor(address(0), true);
        vm.expectEmit(address(ledger));
        emit RewardLedger.AttestorSet(stranger, true);
        ledger.setAttestor(stranger, true);
        same(ledger.attestors(), 4);
        vm.expectEmit(address(ledger));
        emit RewardLedger.GuardianSet(stranger);
        ledger.setGuardian(stranger);
    }

    function test_money_that_comes_is_counted() public {
        d.token.approve(address(ledger), 100 ether);
        vm.expectEmit(address(ledger));
        emit RewardLedger.Funded(address(this), 40 ether);
        ledger.fund(40 ether);
        vm.expectEmit(address(ledger));
        emit RewardLedger.BondDeposited(address(this), 60 ether);
        ledger.depositBond(60 ether);
        same(ledger.funded(), 10_040 ether);
        same(ledger.bondOf(address(this)), 60 ether);
    }

    // ---- parameters ----------------------------------------------------------------------------------------

    function test_parameters_have_one_hash() public {
        ParameterStore p = d.parameters;
        bytes32[] memory names = new bytes32[](2);
        uint256[] memory values = new uint256[](2);

        same(
            p.paramsHash(),
            keccak256(
                abi.encodePacked(
                    bytes32("energy_weight_ppm"),
                    uint256(1_000_000),
                    bytes32("response_floor_ppm"),
                    uint256(400_000)
                )
            )
        );
        (names[0], names[1], values[0], values[1]) = ("new", "energy_weight_ppm", 0, 5);
        vm.startPrank(address(d.timelock));
        vm.expectEmit(address(p));
        emit ParameterStore.ParameterSet("new", 0);
        p.set(names, values);
        same(p.version(), 2);
        same(p.get("new"), 0);
        (bytes32[] memory all, uint256[] memory their) = p.all();
        bytes memory pairs;
        for (uint256 i = 0; i < all.length; i++) {
            pairs = abi.encodePacked(pairs, all[i], their[i]);
        }
        same(p.paramsHash(), keccak256(pairs));
        same(all.length, 3);
        same(their[0], 5);
        vm.expectRevert(abi.encodeWithSelector(ParameterStore.UnknownParameter.selector, bytes32("unknown")));
        p.get("unknown");
        vm.expectRevert(ParameterStore.UnequalLengths.selector);
        p.set(names, new uint256[](1));
        names[1] = 0;
        vm.expectRevert(ParameterStore.NoName.selector);
        p.set(names, values);
    }

    function test_changed_parameters_make_an_older_computation_void() public {
        bytes32 before = d.parameters.paramsHash();
        bytes32[] memory names = new bytes32[](1);

        names[0] = "energy_weight_ppm";
        vm.prank(address(d.timelock));
        d.parameters.set(names, new uint256[](1));
        bytes32 now_ = d.parameters.paramsHash();
        refuse(1, "r", 1, before, abi.encodeWithSelector(RewardLedger.WrongParameters.selector, now_));
    }

    function test_nobody_but_the_timelock_governs() public {
        vm.startPrank(GUARDIAN);
        bytes memory why = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, GUARDIAN);
        vm.expectRevert(why);
        ledger.setTerms(terms(1 hours, 1));
        vm.expectRevert(why);
        ledger.setAttestor(stranger, true);
        vm.expectRevert(why);
        ledger.setGuardian(stranger);
        vm.expectRevert(why);
        ledger.withdraw(stranger, 1);
        vm.expectRevert(why);
        d.parameters.set(new bytes32[](0), new uint256[](0));
    }
}
