// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {vm} from "../script/Vm.sol";
import {TelemetryAnchor} from "../src/TelemetryAnchor.sol";
import {Base} from "./Base.sol";

contract TelemetryAnchorTest is Base {
    TelemetryAnchor internal anchor;
    uint256 internal gateway;

    function setUp() public {
        deploy();
        anchor = d.anchor;
        gateway = register(GATEWAY, 1);
    }

    function send(TelemetryAnchor.Batch memory b) internal {
        vm.prank(operator);
        anchor.anchor(b);
    }

    function refuse(TelemetryAnchor.Batch memory b, TelemetryAnchor.Refusal why) internal {
        vm.prank(operator);
        vm.expectRevert(refused(why));
        anchor.anchor(b);
    }

    function sendSigned(TelemetryAnchor.SignedBatch memory s) internal {
        anchor.anchorBySig(s.batch, s.r, s.vs);
    }

    // ---- one batch ------------------------------------------------------------------------------

    function test_a_gateway_anchors_its_batches_one_after_the_other() public {
        bytes32 acc;

        for (uint48 seq = 0; seq < 5; seq++) {
            TelemetryAnchor.Batch memory b = batch(gateway, seq);
            vm.expectEmit(address(anchor));
            emit TelemetryAnchor.Anchored(gateway, seq, b.root, b.n, b.t0, b.t1);
            send(b);
            acc = keccak256(abi.encodePacked(acc, hashOf(b)));
            vm.warp(block.timestamp + 60);
        }
        TelemetryAnchor.Head memory head = anchor.head(gateway);
        same(head.next, 5);
        same(head.time, (block.timestamp - 60) * 1000);
        same(head.acc, acc);
        same(head.signer, operator);
    }

    function testFuzz_the_event_and_the_head_have_what_was_sent(bytes32 root, uint32 n, uint48 t0, uint48 t1)
        public
    {
        t1 = uint48(t1 % (block.timestamp * 1000 + 120_001));
        t0 = t0 % (t1 + 1);
        vm.assume(root != 0 && n != 0);
        TelemetryAnchor.Batch memory b = TelemetryAnchor.Batch(gateway, 0, root, n, t0, t1);
        vm.expectEmit(address(anchor));
        emit TelemetryAnchor.Anchored(gateway, 0, root, n, t0, t1);
        send(b);
        same(anchor.head(gateway).acc, keccak256(abi.encodePacked(bytes32(0), hashOf(b))));
        same(anchor.head(gateway).time, t1);
    }

    function test_a_number_is_neither_left_out_nor_used_twice() public {
        refuse(batch(gateway, 1), TelemetryAnchor.Refusal.WrongSequence);
        send(batch(gateway, 0));
        refuse(batch(gateway, 0), TelemetryAnchor.Refusal.WrongSequence);
        refuse(batch(gateway, 2), TelemetryAnchor.Refusal.WrongSequence);
    }

    function test_a_batch_has_a_root_and_records() public {
        TelemetryAnchor.Batch memory b = batch(gateway, 0);

        b.root = 0;
        refuse(b, TelemetryAnchor.Refusal.ZeroRoot);
        b = batch(gateway, 0);
        b.n = 0;
        refuse(b, TelemetryAnchor.Refusal.NoRecords);
    }

    function test_time_goes_on_and_is_not_ahead_of_the_chain() public {
        TelemetryAnchor.Batch memory b = batch(gateway, 0);

        b.t1 += 120_001;
        refuse(b, TelemetryAnchor.Refusal.WrongTime);
        b.t1 -= 1;
        send(b);
        TelemetryAnchor.Batch memory late = batch(gateway, 1);
        late.t1 = b.t1 - 1;
        refuse(late, TelemetryAnchor.Refusal.WrongTime);
        late.t1 = b.t1;
        late.t0 = b.t1 + 1;
        refuse(late, TelemetryAnchor.Refusal.WrongTime);
        late.t0 = 0;
        send(late);
    }

    function test_only_the_operator_of_the_gateway_anchors() public {
        TelemetryAnchor.Batch memory b = batch(gateway, 0);

        vm.expectRevert(refused(TelemetryAnchor.Refusal.NotAuthorized));
        anchor.anchor(b);
        vm.prank(owner);
        vm.expectRevert(refused(TelemetryAnchor.Refusal.NotAuthorized));
        anchor.anchor(b);
    }

    function test_what_is_no_gateway_anchors_nothing() public {
        refuse(batch(5, 0), TelemetryAnchor.Refusal.NotAuthorized);
        refuse(batch(register(BATTERY, 9), 0), TelemetryAnchor.Refusal.NotAuthorized);
        vm.expectRevert(refused(TelemetryAnchor.Refusal.NotAuthorized));
        anchor.anchorBySig(batch(5, 0), bytes32(uint256(1)), bytes32(uint256(1)));
        vm.expectRevert(refused(TelemetryAnchor.Refusal.NotAuthorized));
        anchor.anchorBySig(batch(5, 0), 0, 0);
    }

    /// The hash and the event are made of calldata as it is: no bits beyond a field's own.
    function testFuzz_a_field_that_is_too_wide_is_refused(uint8 field, uint256 bits) public {
        bytes memory data = abi.encodeCall(anchor.anchor, (batch(gateway, 0)));
        uint8[4] memory words = [1, 3, 4, 5];
        uint256 width = words[field % 4] == 3 ? 32 : 48;
        uint256 at = 36 + 32 * uint256(words[field % 4]);

        vm.assume(bits >> width << width != 0);
        bits = bits >> width << width;
        assembly ("memory-safe") {
            mstore(add(data, at), or(mload(add(data, at)), bits))
        }
        vm.prank(operator);
        (bool done,) = address(anchor).call(data);
        no(done);
    }

    function test_only_the_registry_says_who_may() public {
        vm.expectRevert(TelemetryAnchor.NotRegistry.selector);
        anchor.enroll(7, operator, 0);
        vm.expectRevert(TelemetryAnchor.NotRegistry.selector);
        anchor.authorize(gateway, stranger);
    }

    function test_what_the_registry_says_is_published() public {
        vm.startPrank(address(d.registry));
        vm.expectEmit(address(anchor));
        emit TelemetryAnchor.Enrolled(7, stranger, 3);
        anchor.enroll(7, stranger, 3);
        vm.expectEmit(address(anchor));
        emit TelemetryAnchor.Authorized(7, operator);
        anchor.authorize(7, operator);
        same(anchor.next(7), 3);
        same(anchor.head(7).signer, operator);
    }

    // ---- signed, sent by others ----------------------------------------------------------------

    function test_anybody_sends_what_the_gateway_signed() public {
        TelemetryAnchor.SignedBatch memory s = signedBatch(OPERATOR, batch(gateway, 0));

        sendSigned(s);
        same(anchor.next(gateway), 1);
        vm.expectRevert(refused(TelemetryAnchor.Refusal.WrongSequence));
        sendSigned(s);
        s = signedBatch(OWNER, batch(gateway, 1));
        vm.expectRevert(refused(TelemetryAnchor.Refusal.NotAuthorized));
        sendSigned(s);
    }

    function test_a_signature_has_one_form() public {
        TelemetryAnchor.SignedBatch memory s = signedBatch(OPERATOR, batch(gateway, 0));
        uint256 parity = uint256(s.vs) >> 255;
        uint256 low = uint256(s.vs) << 1 >> 1;

        s.vs = bytes32((parity ^ 1) << 255 | (N - low));
        vm.expectRevert(refused(TelemetryAnchor.Refusal.NotAuthorized));
        sendSigned(s);
    }

    function testFuzz_the_gateway_signs_every_field(uint8 field, uint48 value) public {
        TelemetryAnchor.SignedBatch memory s = signedBatch(OPERATOR, batch(gateway, 0));
        bytes32 hash = hashOf(s.batch);

        if (field % 6 == 0) s.batch.gateway = value;
        else if (field % 6 == 1) s.batch.seq = value;
        else if (field % 6 == 2) s.batch.root = bytes32(uint256(value));
        else if (field % 6 == 3) s.batch.n = uint32(value);
        else if (field % 6 == 4) s.batch.t0 = value;
        else s.batch.t1 = value;
        vm.assume(hashOf(s.batch) != hash);
        vm.expectRevert(refused(TelemetryAnchor.Refusal.NotAuthorized));
        sendSigned(s);
    }

    function test_a_signature_is_void_on_another_chain_and_in_another_contract() public {
        TelemetryAnchor.SignedBatch memory s = signedBatch(OPERATOR, batch(gateway, 0));
        TelemetryAnchor other = new TelemetryAnchor(address(this));

        other.enroll(gateway, operator, 0);
        vm.expectRevert(refused(TelemetryAnchor.Refusal.NotAuthorized));
        other.anchorBySig(s.batch, s.r, s.vs);
        vm.chainId(1);
        vm.expectRevert(refused(TelemetryAnchor.Refusal.NotAuthorized));
        sendSigned(s);
    }

    // ---- many ------------------------------------------------------------------------------------

    function many(uint48 from, uint48 count)
        internal
        view
        returns (TelemetryAnchor.SignedBatch[] memory batches)
    {
        batches = new TelemetryAnchor.SignedBatch[](count);
        for (uint48 i = 0; i < count; i++) {
            batches[i] = signedBatch(OPERATOR, batch(gateway, from + i));
        }
    }

    function test_a_batch_of_many_skips_what_is_there_already() public {
        send(batch(gateway, 0));
        send(batch(gateway, 1));
        vm.recordLogs();
        same(anchor.anchorMany(many(0, 5)), 3);
        same(vm.getRecordedLogs().length, 3);
        same(anchor.next(gateway), 5);
        same(anchor.anchorMany(many(0, 5)), 0);
    }

    function test_one_bad_batch_does_not_spoil_the_others() public {
        TelemetryAnchor.SignedBatch[] memory batches = many(0, 3);
        uint256 other = register(GATEWAY, 2);

        batches[1] = signedBatch(OWNER, batch(other, 0));
        batches[2] = signedBatch(OPERATOR, batch(gateway, 1));
        vm.expectEmit(address(anchor));
        emit TelemetryAnchor.Skipped(other, 0, TelemetryAnchor.Refusal.NotAuthorized);
        same(anchor.anchorMany(batches), 2);
        same(anchor.next(other), 0);
        batches = many(4, 1);
        vm.expectEmit(address(anchor));
        emit TelemetryAnchor.Skipped(gateway, 4, TelemetryAnchor.Refusal.WrongSequence);
        same(anchor.anchorMany(batches), 0);
    }

    function test_a_gateway_sends_many_of_its_own_unsigned() public {
        TelemetryAnchor.SignedBatch[] memory batches = many(0, 4);

        for (uint256 i = 0; i < 4; i++) {
            (batches[i].r, batches[i].vs) = (0, 0);
        }
        same(anchor.anchorMany(batches), 0);
        vm.prank(operator);
        same(anchor.anchorMany(batches), 4);
    }

    function test_one_batch_and_many_give_the_same_head() public {
        TelemetryAnchor.Batch[3] memory b;
        uint256 before = gateway;

        for (uint48 i = 0; i < 3; i++) {
            b[i] = batch(before, i);
        }
        anchor.anchorMany(many(0, 3));
        bytes32 acc;
        for (uint48 i = 0; i < 3; i++) {
            acc = keccak256(abi.encodePacked(acc, hashOf(b[i])));
        }
        same(anchor.head(gateway).acc, acc);
    }

    function test_the_domain_is_what_signers_compute() public view {
        same(anchor.domainSeparator(), domain("OpenVPP TelemetryAnchor", address(anchor)));
    }
}
