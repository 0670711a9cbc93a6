// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {vm, Vm} from "../script/Vm.sol";
import {Contracts} from "../script/Deployment.sol";
import {DeviceRegistry} from "../src/DeviceRegistry.sol";
import {OVPPToken} from "../src/OVPPToken.sol";
import {RewardClaims} from "../src/RewardClaims.sol";
import {RewardLedger} from "../src/RewardLedger.sol";
import {TelemetryAnchor} from "../src/TelemetryAnchor.sol";
import {Base} from "./Base.sol";
import {RewardBase} from "./RewardBase.sol";

/// Does with gateways and batches what owners, operators and strangers might do.
contract GatewayHandler is Base {
    uint256[] public ids;
    address[] public owners;
    uint256 public registered = 3;
    bytes32[3] public acc;
    uint48[3] public next;
    bool public wentBack;
    bool public twice;
    mapping(uint256 gateway => mapping(uint48 seq => bool)) internal _seen;

    constructor() {
        deploy();
        owners = [owner, address(0x51), address(0x52)];
        for (uint256 i = 0; i < 3; i++) {
            ids.push(register(GATEWAY, i + 1));
        }
    }

    function registry() external view returns (DeviceRegistry) {
        return d.registry;
    }

    function anchorContract() external view returns (TelemetryAnchor) {
        return d.anchor;
    }

    /// After every call: what the events say, and that no number came back.
    function _observe() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();

        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] != TelemetryAnchor.Anchored.selector) continue;
            (uint256 gateway, uint48 seq) = (uint256(logs[i].topics[1]), uint48(uint256(logs[i].topics[2])));
            (bytes32 root, uint32 n, uint48 t0, uint48 t1) =
                abi.decode(logs[i].data, (bytes32, uint32, uint48, uint48));
            if (_seen[gateway][seq]) twice = true;
            _seen[gateway][seq] = true;
            for (uint256 g = 0; g < 3; g++) {
                if (ids[g] != gateway) continue;
                bytes32 hash = hashOf(TelemetryAnchor.Batch(gateway, seq, root, n, t0, t1));
                acc[g] = keccak256(abi.encodePacked(acc[g], hash));
            }
        }
        for (uint256 g = 0; g < 3; g++) {
            uint48 now_ = d.anchor.next(ids[g]);
            if (now_ < next[g]) wentBack = true;
            next[g] = now_;
        }
    }

    modifier observed() {
        vm.recordLogs();
        _;
        _observe();
        vm.warp(block.timestamp + 30);
    }

    function _batch(uint256 g, int8 off) private view returns (TelemetryAnchor.Batch memory) {
        int256 seq = int256(uint256(d.anchor.next(ids[g]))) + off % 3;

        return batch(ids[g], uint48(uint256(seq < 0 ? int256(0) : seq)));
    }

    function anchor(uint256 g, int8 off, bool honest) external observed {
        vm.prank(honest ? operator : stranger);
        try d.anchor.anchor(_batch(g % 3, off)) {} catch {}
    }

    function anchorBySig(uint256 g, int8 off, bool honest) external observed {
        TelemetryAnchor.SignedBatch memory s = signedBatch(honest ? OPERATOR : OWNER, _batch(g % 3, off));

        try d.anchor.anchorBySig(s.batch, s.r, s.vs) {} catch {}
    }

    function anchorMany(uint256 g, uint8 count, bool honest) external observed {
        TelemetryAnchor.SignedBatch[] memory batches = new TelemetryAnchor.SignedBatch[](count % 6);

        for (uint256 i = 0; i < batches.length; i++) {
            TelemetryAnchor.Batch memory b = _batch((g % 3 + i / 4) % 3, 0);
            b.seq = b.seq + uint48(i) > 1 ? b.seq + uint48(i) - 1 : 0;
            b.root = keccak256(abi.encode(b.gateway, b.seq));
            batches[i] = signedBatch(honest ? OPERATOR : OWNER, b);
        }
        d.anchor.anchorMany(batches);
    }

    function registerAgain(uint256 seed, uint8 who) external observed {
        DeviceRegistry.Registration memory r = registration(seed % 2 == 0 ? GATEWAY : BATTERY, seed % 5 + 1);

        r.owner = owners[who % 3];
        r.since = uint48(seed % 100);
        vm.prank(r.owner);
        try d.registry.register(r, "", new bytes(64)) {
            registered++;
        } catch {}
    }

    function rotate(uint256 g, uint48 from, uint8 who) external observed {
        DeviceRegistry.Rotation memory r =
            DeviceRegistry.Rotation(ids[g % 3], 1, ed25519(uint256(from) + 9), from % 200, NEVER);

        vm.prank(owners[who % 3]);
        try d.registry.rotateKey(r, "", new bytes(64)) {} catch {}
    }

    function revoke(uint256 g, uint48 from, uint8 who) external observed {
        uint256 last = d.registry.keyCount(ids[g % 3]) - 1;

        vm.prank(owners[who % 3]);
        try d.registry.revokeKey(DeviceRegistry.Revocation(ids[g % 3], last, from % 200, 1, NEVER), "") {}
            catch {}
    }

    function setOperator(uint256 g, bool honest, uint8 who) external observed {
        vm.prank(owners[who % 3]);
        try d.registry.setOperator(ids[g % 3], honest ? operator : stranger, NEVER, "") {} catch {}
    }

    function sell(uint256 g, uint8 from, uint8 to) external observed {
        vm.prank(owners[from % 3]);
        try d.registry.transferFrom(owners[from % 3], owners[to % 3], ids[g % 3]) {} catch {}
    }
}

contract GatewayInvariants is Base {
    GatewayHandler internal h;

    function setUp() public {
        h = new GatewayHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(h);
    }

    function invariant_a_sequence_never_goes_back_and_no_batch_is_anchored_twice() external view {
        no(h.wentBack());
        no(h.twice());
    }

    function invariant_events_give_the_head() external view {
        for (uint256 g = 0; g < 3; g++) {
            TelemetryAnchor.Head memory head = h.anchorContract().head(h.ids(g));
            same(head.acc, h.acc(g));
            same(head.next, h.next(g));
        }
    }

    function invariant_one_identity_has_one_owner() external view {
        DeviceRegistry registry = h.registry();
        uint256 held;

        for (uint256 i = 0; i < 3; i++) {
            held += registry.balanceOf(h.owners(i));
            yes(registry.ownerOf(h.ids(i)) != address(0));
        }
        same(held, h.registered());
    }

    function invariant_a_revoked_gateway_anchors_nothing() external view {
        for (uint256 g = 0; g < 3; g++) {
            address signer = h.anchorContract().head(h.ids(g)).signer;
            same(signer, h.registry().isRevoked(h.ids(g)) ? address(0) : h.registry().operatorOf(h.ids(g)));
        }
    }

    function invariant_intervals_of_keys_do_not_overlap() external view {
        for (uint256 g = 0; g < 3; g++) {
            uint256 count = h.registry().keyCount(h.ids(g));
            for (uint256 e = 1; e < count; e++) {
                DeviceRegistry.Key memory before = h.registry().keyAt(h.ids(g), e - 1);
                yes(before.until <= h.registry().keyAt(h.ids(g), e).from);
                yes(before.from <= before.until);
            }
        }
    }
}

/// Does with money what attestors, claimants, guardian, governance and strangers might do.
/// Every other tree promises twice its total.
contract RewardHandler is RewardBase {
    uint256 public paid;
    uint256 public bonds;
    uint256 public highest;
    bool public fell;
    uint128 internal _alice;
    uint128 internal _bob;
    uint128[2] internal _proposed;

    constructor() {
        setUpRewards();
        bonds = 200 ether;
    }

    function contracts() external view returns (RewardLedger, RewardClaims, OVPPToken) {
        return (ledger, claims, d.token);
    }

    modifier observed() {
        _;
        if (ledger.total() < highest) fell = true;
        highest = ledger.total();
    }

    function fund(uint128 amount) external observed {
        amount %= 500 ether;
        if (d.token.balanceOf(address(this)) < amount) return;
        d.token.approve(address(ledger), amount);
        ledger.fund(amount);
    }

    function deposit(uint128 amount) external observed {
        amount %= 50 ether;
        d.token.transfer(SECOND, amount);
        vm.startPrank(SECOND);
        d.token.approve(address(ledger), amount);
        ledger.depositBond(amount);
        vm.stopPrank();
        bonds += amount;
    }

    function withdrawBond(uint128 amount, bool first) external observed {
        amount %= 120 ether;
        vm.prank(first ? ATTESTOR : SECOND);
        try ledger.withdrawBond(amount) {
            bonds -= amount;
        } catch {}
    }

    function propose(uint128 alice, uint128 bob, bool false_) external observed {
        (alice, bob) = (_alice + alice % 700 ether, _bob + bob % 700 ether);
        bytes32 params = d.parameters.paramsHash();
        uint48 epoch = ledger.epoch() + 1;
        uint128 times = false_ ? 2 : 1;
        bytes32 root = rootOf(alice * times, bob * times);

        vm.prank(ATTESTOR);
        try ledger.propose(epoch, root, alice + bob, 0, params) {
            _proposed = [alice * times, bob * times];
        } catch {}
    }

    function attest(bool second) external observed {
        bytes32 id = ledger.pending().id;

        vm.prank(second ? SECOND : stranger);
        try ledger.attest(id) {} catch {}
    }

    function finalize(uint16 wait) external observed {
        vm.warp(block.timestamp + wait);
        try ledger.finalize() {
            (_alice, _bob) = (_proposed[0], _proposed[1]);
        } catch {}
    }

    function cancel(bool proposer) external observed {
        vm.prank(proposer ? ATTESTOR : stranger);
        try ledger.cancel() {} catch {}
    }

    function veto(bool guardian) external observed {
        uint256 bond_ = ledger.pending().bond;

        vm.prank(guardian ? GUARDIAN : stranger);
        try ledger.veto() {
            bonds -= bond_;
        } catch {}
    }

    function claim(bool alice, uint128 other) external observed {
        address who = alice ? ALICE : BOB;
        uint256 before = d.token.balanceOf(who);
        bytes32[] memory proof = alice ? proofOf(BOB, _bob) : proofOf(ALICE, _alice);

        try claims.claim(who, other % 4 == 0 ? other : alice ? _alice : _bob, proof) {} catch {}
        paid += d.token.balanceOf(who) - before;
    }

    function withdraw(uint128 amount) external observed {
        vm.prank(address(d.timelock));
        try ledger.withdraw(stranger, amount % 2000 ether) {} catch {}
    }

    function changeAttestors(bool allowed) external observed {
        vm.prank(address(d.timelock));
        try ledger.setAttestor(THIRD, allowed) {} catch {}
    }
}

contract RewardInvariants is Base {
    RewardHandler internal h;
    RewardLedger internal ledger;
    RewardClaims internal claims;
    OVPPToken internal token;

    function setUp() public {
        h = new RewardHandler();
        (ledger, claims, token) = h.contracts();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(h);
    }

    function invariant_paid_is_at_most_total_is_at_most_funded() external view {
        yes(h.paid() <= ledger.total());
        yes(ledger.total() <= ledger.funded());
    }

    function invariant_what_is_promised_is_there() external view {
        same(token.balanceOf(address(claims)), ledger.total() - h.paid());
    }

    function invariant_bonds_and_what_is_not_promised_are_there() external view {
        same(token.balanceOf(address(ledger)), ledger.funded() - ledger.total() + h.bonds());
    }

    function invariant_the_total_never_falls() external view {
        no(h.fell());
    }
}

/// Calls what governs, as everybody but the timelock.
contract Usurper is RewardBase {
    constructor() {
        setUpRewards();
    }

    function contracts() external view returns (Contracts memory) {
        return d;
    }

    function usurp(uint8 what, address as_, uint128 value) external {
        if (as_ == address(d.timelock)) return;
        address[5] memory targets = [
            address(ledger), address(d.parameters), address(d.token), address(d.governor), address(d.timelock)
        ];
        bytes[12] memory calls = [
            abi.encodeCall(ledger.setTerms, (RewardLedger.Terms(value, 0, 1 hours, 1))),
            abi.encodeCall(ledger.setAttestor, (as_, true)),
            abi.encodeCall(ledger.setGuardian, (as_)),
            abi.encodeCall(ledger.withdraw, (as_, value)),
            abi.encodeCall(ledger.transferOwnership, (as_)),
            abi.encodeCall(d.parameters.set, (new bytes32[](1), new uint256[](1))),
            abi.encodeCall(d.token.mint, (as_, value)),
            abi.encodeCall(d.governor.setVotingDelay, (uint48(value))),
            abi.encodeCall(d.governor.setProposalThreshold, (value)),
            abi.encodeCall(d.governor.updateQuorumNumerator, (value)),
            abi.encodeCall(d.timelock.updateDelay, (value)),
            abi.encodeCall(d.timelock.grantRole, (keccak256("PROPOSER_ROLE"), as_))
        ];

        for (uint256 i = 0; i < targets.length; i++) {
            vm.prank(as_);
            (bool done,) = targets[i].call(calls[what % calls.length]);
            no(done);
        }
    }
}

contract GovernanceInvariants is Base {
    Usurper internal h;
    bytes32 internal _before;

    function setUp() public {
        h = new Usurper();
        _before = parameters();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(h);
    }

    function parameters() internal view returns (bytes32) {
        Contracts memory c = h.contracts();

        return keccak256(
            abi.encode(
                c.rewards.terms(),
                c.rewards.attestors(),
                c.rewards.guardian(),
                c.rewards.owner(),
                c.rewards.funded(),
                c.parameters.paramsHash(),
                c.token.totalSupply(),
                c.governor.votingDelay(),
                c.governor.proposalThreshold(),
                c.governor.quorumNumerator(),
                c.timelock.getMinDelay()
            )
        );
    }

    function invariant_nothing_changes_but_through_the_timelock() external view {
        same(parameters(), _before);
    }
}
