// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {vm} from "../script/Vm.sol";
import {DeviceRegistry} from "../src/DeviceRegistry.sol";
import {IdentityToken} from "../src/IdentityToken.sol";
import {Keys} from "../src/Keys.sol";
import {TelemetryAnchor} from "../src/TelemetryAnchor.sol";
import {Base} from "./Base.sol";

/// An owner that is a contract; it agrees to what its own owner signed.
contract Wallet {
    address private immutable _owner;

    constructor(address owner) {
        _owner = owner;
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        (bytes32 r, bytes32 s, uint8 v) = abi.decode(signature, (bytes32, bytes32, uint8));

        return ecrecover(digest, v, r, s) == _owner ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

contract DeviceRegistryTest is Base {
    DeviceRegistry internal registry;

    function setUp() public {
        deploy();
        registry = d.registry;
    }

    // ---- registration ----------------------------------------------------------------------

    function test_owner_and_device_register_by_anybody() public {
        DeviceRegistry.Registration memory r = registration(BATTERY, 1);
        bytes32 digest = digestOf(r);
        bytes memory proof = proofOf(1, digest);
        uint256 id = registry.idOf(r.keyType, r.key, owner);

        vm.expectEmit(address(registry));
        emit DeviceRegistry.DeviceRegistered(id, owner, keccak256(r.key), r, proof);
        vm.prank(stranger);
        same(registry.register(r, signed(OWNER, digest), proof), id);
        same(registry.ownerOf(id), owner);
        same(registry.balanceOf(owner), 1);
        IdentityToken.Identity memory identity = registry.identityOf(id);
        same(identity.kind, BATTERY);
        same(identity.keyType, Keys.ED25519);
        same(identity.nonce, 0);
        yes(registry.isKeyAt(id, 0, 0, r.keyType, r.key, owner));
        yes(registry.mayAct(id, owner));
        no(registry.mayAct(id, stranger));
        no(registry.mayAct(id, address(0)));
    }

    function test_an_owner_who_sends_need_not_sign() public {
        DeviceRegistry.Registration memory r = registration(BATTERY, 1);

        vm.prank(owner);
        same(registry.ownerOf(registry.register(r, "", proofOf(1, digestOf(r)))), owner);
    }

    function test_without_the_owner_nothing_is_registered() public {
        DeviceRegistry.Registration memory r = registration(BATTERY, 1);
        bytes32 digest = digestOf(r);

        vm.expectRevert(DeviceRegistry.NotSignedByOwner.selector);
        registry.register(r, "", proofOf(1, digest));
        vm.expectRevert(DeviceRegistry.NotSignedByOwner.selector);
        registry.register(r, signed(OPERATOR, digest), proofOf(1, digest));
    }

    function test_a_registration_after_its_deadline_is_void() public {
        DeviceRegistry.Registration memory r = registration(BATTERY, 1);

        r.deadline = block.timestamp - 1;
        bytes32 digest = digestOf(r);
        vm.expectRevert(abi.encodeWithSelector(DeviceRegistry.Expired.selector, r.deadline));
        registry.register(r, signed(OWNER, digest), proofOf(1, digest));
        r.deadline = block.timestamp;
        digest = digestOf(r);
        registry.register(r, signed(OWNER, digest), proofOf(1, digest));
    }

    function testFuzz_the_owner_signs_every_field_of_a_registration(uint8 field, uint160 value) public {
        DeviceRegistry.Registration memory r = registration(BATTERY, 1);
        DeviceRegistry.Registration memory altered = registration(BATTERY, 1);

        if (field % 7 == 0) altered.owner = address(value);
        else if (field % 7 == 1) altered.operator = address(value);
        else if (field % 7 == 2) altered.kind = uint8(value);
        else if (field % 7 == 3) altered.keyType = uint8(value);
        else if (field % 7 == 4) altered.key = abi.encodePacked(bytes32(uint256(value)));
        else if (field % 7 == 5) altered.since = uint48(value);
        else altered.deadline = block.timestamp + value;
        vm.assume(digestOf(altered) != digestOf(r));
        bytes memory signature = signed(OWNER, digestOf(r));
        bytes memory proof = proofOf(1, digestOf(r));
        vm.expectRevert(DeviceRegistry.NotSignedByOwner.selector);
        registry.register(altered, signature, proof);
    }

    function test_a_key_is_registered_once() public {
        register(BATTERY, 1);
        DeviceRegistry.Registration memory r = registration(BATTERY, 1);
        bytes32 digest = digestOf(r);

        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidSender.selector, address(0)));
        registry.register(r, signed(OWNER, digest), proofOf(1, digest));
    }

    function test_nobody_takes_the_id_of_a_key_that_is_not_checked_here() public {
        DeviceRegistry.Registration memory r = registration(BATTERY, 1);

        r.owner = stranger;
        vm.prank(stranger);
        uint256 stolen = registry.register(r, "", new bytes(64));
        uint256 id = register(BATTERY, 1);
        yes(id != stolen);
        same(registry.ownerOf(id), owner);
    }

    function test_a_published_proof_of_ed25519_can_be_checked() public view {
        bytes32 digest = digestOf(registration(BATTERY, 1));
        bytes32 key = vm.publicKeyEd25519(bytes32(uint256(1)));

        yes(vm.verifyEd25519(proofOf(1, digest), "", abi.encodePacked("OVPP-EIP712", digest), key));
    }

    function test_a_gateway_has_an_operator_and_a_head() public {
        uint256 id = register(GATEWAY, 1);

        same(registry.operatorOf(id), operator);
        same(d.anchor.head(id).signer, operator);
        yes(registry.mayAct(id, operator));
        DeviceRegistry.Registration memory r = registration(GATEWAY, 2);
        r.operator = address(0);
        vm.prank(owner);
        vm.expectRevert(DeviceRegistry.NoOperator.selector);
        registry.register(r, "", new bytes(64));
    }

    function test_a_gateway_begins_where_it_says() public {
        DeviceRegistry.Registration memory r = registration(GATEWAY, 1);

        r.since = 77;
        vm.prank(owner);
        same(d.anchor.next(registry.register(r, "", new bytes(64))), 77);
        r.key = ed25519(2);
        r.since = registry.OPEN() / 2 + 1;
        vm.prank(owner);
        vm.expectRevert(DeviceRegistry.WrongInterval.selector);
        registry.register(r, "", new bytes(64));
    }

    // ---- keys of each type ----------------------------------------------------------------

    function secp256k1Key(uint256 secret) internal returns (bytes memory) {
        return abi.encodePacked(vm.createWallet(secret).publicKeyX, vm.createWallet(secret).publicKeyY);
    }

    function p256Key(uint256 secret) internal pure returns (bytes memory) {
        (uint256 x, uint256 y) = vm.publicKeyP256(secret);

        return abi.encodePacked(x, y);
    }

    function with(uint8 keyType, bytes memory key)
        internal
        view
        returns (DeviceRegistry.Registration memory r)
    {
        r = registration(BATTERY, 1);
        r.keyType = keyType;
        r.key = key;
    }

    function p256Proof(uint256 secret, bytes32 digest) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 s) = vm.signP256(secret, digest);
        if (uint256(s) > N_P256 / 2) s = bytes32(N_P256 - uint256(s));

        return abi.encodePacked(r, s);
    }

    function refuse(DeviceRegistry.Registration memory r, bytes memory proof, bytes memory why) internal {
        vm.prank(owner);
        vm.expectRevert(why);
        registry.register(r, "", proof);
    }

    function test_possession_of_secp256k1_is_checked() public {
        DeviceRegistry.Registration memory r = with(Keys.SECP256K1, secp256k1Key(7));
        bytes memory proof = signed(7, digestOf(r));

        refuse(r, signed(8, digestOf(r)), abi.encodePacked(Keys.NotPossessed.selector));
        refuse(r, mirrored(proof), abi.encodePacked(Keys.NotPossessed.selector));
        refuse(r, "", abi.encodePacked(Keys.NotPossessed.selector));
        vm.prank(owner);
        uint256 id = registry.register(r, "", proof);
        same(id, registry.idOf(Keys.SECP256K1, r.key, stranger));
    }

    function check_p256() internal {
        DeviceRegistry.Registration memory r = with(Keys.P_256, p256Key(7));
        bytes memory proof = p256Proof(7, digestOf(r));
        bytes memory high = abi.encodePacked(word(proof, 0), bytes32(N_P256 - uint256(word(proof, 32))));

        refuse(r, p256Proof(8, digestOf(r)), abi.encodePacked(Keys.NotPossessed.selector));
        refuse(r, high, abi.encodePacked(Keys.NotPossessed.selector));
        refuse(r, abi.encodePacked(proof, uint8(0)), abi.encodePacked(Keys.NotPossessed.selector));
        vm.prank(owner);
        same(registry.register(r, "", proof), registry.idOf(Keys.P_256, r.key, stranger));
    }

    /// What the precompile takes: digest, signature, key. It answers 1.
    function p256Vector() internal pure returns (bytes memory) {
        return abi.encodePacked(keccak256("x"), p256Proof(7, keccak256("x")), p256Key(7));
    }

    function test_possession_of_p256_is_checked() public {
        (, bytes memory one) = address(0x100).staticcall(p256Vector());
        same(one.length, 32);
        check_p256();
    }

    /// forge-config: default.evm_version = "cancun"
    function test_possession_of_p256_is_checked_where_there_is_no_precompile() public {
        (, bytes memory none) = address(0x100).staticcall(p256Vector());
        same(none.length, 0);
        check_p256();
    }

    function test_a_key_that_is_none_is_refused() public {
        refuse(with(Keys.ED25519, new bytes(33)), new bytes(64), abi.encodePacked(Keys.MalformedKey.selector));
        refuse(with(Keys.ED25519, new bytes(32)), new bytes(63), abi.encodePacked(Keys.NotPossessed.selector));
        refuse(
            with(Keys.SECP256K1, new bytes(33)), new bytes(65), abi.encodePacked(Keys.MalformedKey.selector)
        );
        refuse(with(Keys.P_256, new bytes(63)), new bytes(64), abi.encodePacked(Keys.MalformedKey.selector));
        refuse(with(0, new bytes(32)), new bytes(64), abi.encodeWithSelector(Keys.UnknownKeyType.selector, 0));
        refuse(with(4, new bytes(32)), new bytes(64), abi.encodeWithSelector(Keys.UnknownKeyType.selector, 4));
    }

    // ---- rotation -----------------------------------------------------------------------------

    function rotation(uint256 id, uint256 seed, uint48 from)
        internal
        pure
        returns (DeviceRegistry.Rotation memory)
    {
        return DeviceRegistry.Rotation(id, Keys.ED25519, ed25519(seed), from, NEVER);
    }

    function rotate(uint256 id, uint256 seed, uint48 from) internal {
        DeviceRegistry.Rotation memory r = rotation(id, seed, from);
        bytes32 digest = digestOf(r, registry.identityOf(id).nonce);

        registry.rotateKey(r, signed(OWNER, digest), proofOf(seed, digest));
    }

    function test_each_key_is_valid_for_one_interval() public {
        uint256 id = register(GATEWAY, 1);

        rotate(id, 2, 10);
        rotate(id, 3, 20);
        same(registry.keyCount(id), 3);
        for (uint48 seq = 0; seq < 30; seq++) {
            for (uint256 epoch = 0; epoch < 3; epoch++) {
                bool valid = registry.isKeyAt(id, epoch, seq, Keys.ED25519, ed25519(epoch + 1), owner);
                same(valid ? 1 : 0, seq / 10 == epoch ? 1 : 0);
            }
        }
        no(registry.isKeyAt(id, 1, 10, Keys.ED25519, ed25519(1), owner));
        no(registry.isKeyAt(id, 1, 10, Keys.P_256, ed25519(2), owner));
        no(registry.isKeyAt(id, 0, 0, Keys.ED25519, ed25519(1), stranger));
        vm.expectRevert(abi.encodeWithSelector(DeviceRegistry.NoSuchKey.selector, 3));
        registry.keyAt(id, 3);
    }

    function test_a_rotation_is_published_whole() public {
        uint256 id = register(BATTERY, 1);
        DeviceRegistry.Rotation memory r = rotation(id, 2, 10);
        bytes32 digest = digestOf(r, 0);

        vm.expectEmit(address(registry));
        emit DeviceRegistry.KeyRotated(id, 1, keccak256(r.key), r, 0, proofOf(2, digest));
        registry.rotateKey(r, signed(OWNER, digest), proofOf(2, digest));
        same(registry.identityOf(id).nonce, 1);
    }

    function test_a_rotation_leaves_what_is_anchored_to_its_key() public {
        uint256 id = register(GATEWAY, 1);

        for (uint48 seq = 0; seq < 3; seq++) {
            vm.prank(operator);
            d.anchor.anchor(batch(id, seq));
        }
        vm.prank(owner);
        vm.expectRevert(DeviceRegistry.WrongInterval.selector);
        registry.rotateKey(rotation(id, 2, 2), "", new bytes(64));
        rotate(id, 2, 3);
    }

    function test_intervals_follow_one_another() public {
        uint256 id = register(BATTERY, 1);

        rotate(id, 2, 10);
        vm.startPrank(owner);
        vm.expectRevert(DeviceRegistry.WrongInterval.selector);
        registry.rotateKey(rotation(id, 3, 10), "", new bytes(64));
        uint48 open = registry.OPEN();
        vm.expectRevert(DeviceRegistry.WrongInterval.selector);
        registry.rotateKey(rotation(id, 3, open), "", new bytes(64));
    }

    function test_only_the_owner_rotates_with_a_proof_once_in_time() public {
        uint256 id = register(BATTERY, 1);
        DeviceRegistry.Rotation memory r = rotation(id, 2, 10);
        bytes32 digest = digestOf(r, 0);
        bytes memory proof = proofOf(2, digest);

        vm.expectRevert(DeviceRegistry.NotSignedByOwner.selector);
        registry.rotateKey(r, signed(OPERATOR, digest), proof);
        bytes memory signature = signed(OWNER, digest);
        vm.expectRevert(Keys.NotPossessed.selector);
        registry.rotateKey(r, signature, "");
        vm.expectRevert(DeviceRegistry.NotSignedByOwner.selector);
        registry.rotateKey(r, mirrored(signature), proof);
        registry.rotateKey(r, signature, proof);
        vm.expectRevert(DeviceRegistry.NotSignedByOwner.selector);
        registry.rotateKey(r, signature, proof);
        r = rotation(id, 3, 20);
        r.deadline = block.timestamp - 1;
        vm.expectRevert(abi.encodeWithSelector(DeviceRegistry.Expired.selector, r.deadline));
        registry.rotateKey(r, signed(OWNER, digestOf(r, 1)), proof);
    }

    // ---- revocation ---------------------------------------------------------------------------

    function revocation(uint256 id, uint256 epoch, uint48 from)
        internal
        pure
        returns (DeviceRegistry.Revocation memory)
    {
        return DeviceRegistry.Revocation(id, epoch, from, 1, NEVER);
    }

    function revoke(uint256 id, uint256 epoch, uint48 from) internal {
        DeviceRegistry.Revocation memory r = revocation(id, epoch, from);

        registry.revokeKey(r, signed(OWNER, digestOf(r, registry.identityOf(id).nonce)));
    }

    function test_a_revoked_key_is_valid_up_to_a_batch_and_anchors_nothing() public {
        uint256 id = register(GATEWAY, 1);

        vm.prank(operator);
        d.anchor.anchor(batch(id, 0));
        vm.expectEmit(address(registry));
        emit DeviceRegistry.KeyRevoked(id, 0, 5, 1);
        revoke(id, 0, 5);
        yes(registry.isRevoked(id));
        yes(registry.isKeyAt(id, 0, 4, Keys.ED25519, ed25519(1), owner));
        no(registry.isKeyAt(id, 0, 5, Keys.ED25519, ed25519(1), owner));
        no(registry.mayAct(id, owner));
        no(registry.mayAct(id, operator));
        vm.prank(operator);
        vm.expectRevert(refused(TelemetryAnchor.Refusal.NotAuthorized));
        d.anchor.anchor(batch(id, 1));
    }

    function test_a_new_key_after_a_revocation_brings_the_gateway_back() public {
        uint256 id = register(GATEWAY, 1);

        revoke(id, 0, 5);
        vm.prank(owner);
        vm.expectRevert(DeviceRegistry.WrongInterval.selector);
        registry.rotateKey(rotation(id, 2, 4), "", new bytes(64));
        rotate(id, 2, 7);
        no(registry.isRevoked(id));
        no(registry.isKeyAt(id, 0, 5, Keys.ED25519, ed25519(1), owner));
        no(registry.isKeyAt(id, 1, 6, Keys.ED25519, ed25519(2), owner));
        yes(registry.isKeyAt(id, 1, 7, Keys.ED25519, ed25519(2), owner));
        vm.prank(operator);
        d.anchor.anchor(batch(id, 0));
    }

    function test_an_older_key_is_revoked_without_stopping_the_gateway() public {
        uint256 id = register(GATEWAY, 1);

        rotate(id, 2, 10);
        revoke(id, 0, 3);
        no(registry.isRevoked(id));
        no(registry.isKeyAt(id, 0, 3, Keys.ED25519, ed25519(1), owner));
        yes(registry.isKeyAt(id, 1, 10, Keys.ED25519, ed25519(2), owner));
        same(d.anchor.head(id).signer, operator);
    }

    function test_a_revocation_names_a_key_and_a_batch_of_it() public {
        uint256 id = register(BATTERY, 1);

        rotate(id, 2, 10);
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(DeviceRegistry.NoSuchKey.selector, 2));
        registry.revokeKey(revocation(id, 2, 10), "");
        vm.expectRevert(DeviceRegistry.WrongInterval.selector);
        registry.revokeKey(revocation(id, 1, 9), "");
        vm.expectRevert(DeviceRegistry.WrongInterval.selector);
        registry.revokeKey(revocation(id, 0, 10), "");
        registry.revokeKey(revocation(id, 1, 10), "");
        vm.expectRevert(DeviceRegistry.WrongInterval.selector);
        registry.revokeKey(revocation(id, 1, 10), "");
    }

    function test_only_the_owner_revokes() public {
        uint256 id = register(BATTERY, 1);
        DeviceRegistry.Revocation memory r = revocation(id, 0, 0);

        vm.expectRevert(DeviceRegistry.NotSignedByOwner.selector);
        registry.revokeKey(r, "");
        r.deadline = 1;
        vm.expectRevert(abi.encodeWithSelector(DeviceRegistry.Expired.selector, 1));
        registry.revokeKey(r, "");
    }

    // ---- operator -----------------------------------------------------------------------------

    function test_the_owner_names_the_operator() public {
        uint256 id = register(GATEWAY, 1);

        vm.expectEmit(address(registry));
        emit DeviceRegistry.OperatorSet(id, stranger);
        registry.setOperator(id, stranger, NEVER, signed(OWNER, operatorDigest(id, stranger, 0, NEVER)));
        same(d.anchor.head(id).signer, stranger);
        no(registry.mayAct(id, operator));
        vm.startPrank(owner);
        vm.expectRevert(DeviceRegistry.NoOperator.selector);
        registry.setOperator(id, address(0), NEVER, "");
        vm.stopPrank();
        vm.expectRevert(DeviceRegistry.NotSignedByOwner.selector);
        registry.setOperator(id, operator, NEVER, signed(OPERATOR, operatorDigest(id, operator, 1, NEVER)));
        vm.expectRevert(abi.encodeWithSelector(DeviceRegistry.Expired.selector, 3));
        registry.setOperator(id, operator, 3, "");
    }

    function test_another_operator_does_not_undo_a_revocation() public {
        uint256 id = register(GATEWAY, 1);

        revoke(id, 0, 0);
        vm.prank(owner);
        registry.setOperator(id, stranger, NEVER, "");
        same(d.anchor.head(id).signer, address(0));
        rotate(id, 2, 1);
        same(d.anchor.head(id).signer, stranger);
    }

    function test_a_device_may_be_without_an_operator() public {
        uint256 id = register(BATTERY, 1);

        vm.startPrank(owner);
        registry.setOperator(id, operator, NEVER, "");
        yes(registry.mayAct(id, operator));
        registry.setOperator(id, address(0), NEVER, "");
        no(registry.mayAct(id, operator));
        same(d.anchor.head(id).signer, address(0));
    }

    // ---- signatures elsewhere -------------------------------------------------------------------

    function test_a_signature_is_void_on_another_chain() public {
        DeviceRegistry.Registration memory r = registration(BATTERY, 1);
        bytes32 digest = digestOf(r);

        vm.chainId(1);
        vm.expectRevert(DeviceRegistry.NotSignedByOwner.selector);
        registry.register(r, signed(OWNER, digest), proofOf(1, digest));
    }

    function test_a_signature_is_void_in_another_registry() public {
        DeviceRegistry other = new DeviceRegistry(d.anchor);
        DeviceRegistry.Registration memory r = registration(BATTERY, 1);
        bytes32 digest = digestOf(r);

        vm.expectRevert(DeviceRegistry.NotSignedByOwner.selector);
        other.register(r, signed(OWNER, digest), proofOf(1, digest));
        yes(other.idOf(r.keyType, r.key, owner) != registry.idOf(r.keyType, r.key, owner));
    }

    function test_a_signature_is_void_for_another_action_identity_or_time() public {
        uint256 id = register(BATTERY, 1);
        uint256 other = register(BATTERY, 2);
        bytes memory signature = signed(OWNER, operatorDigest(id, operator, 0, NEVER));

        vm.expectRevert(DeviceRegistry.NotSignedByOwner.selector);
        registry.revokeKey(revocation(id, 0, 0), signature);
        vm.expectRevert(DeviceRegistry.NotSignedByOwner.selector);
        registry.setOperator(other, operator, NEVER, signature);
        vm.expectRevert(DeviceRegistry.NotSignedByOwner.selector);
        registry.setOperator(id, operator, NEVER - 1, signature);
        registry.setOperator(id, operator, NEVER, signature);
        vm.expectRevert(DeviceRegistry.NotSignedByOwner.selector);
        registry.setOperator(id, operator, NEVER, signature);
    }

    function test_what_the_old_owner_signed_does_not_outlive_a_sale() public {
        uint256 id = register(BATTERY, 1);
        bytes memory signature = signed(OWNER, operatorDigest(id, operator, 0, NEVER));

        vm.prank(owner);
        registry.transferFrom(owner, stranger, id);
        vm.prank(stranger);
        registry.transferFrom(stranger, owner, id);
        vm.expectRevert(DeviceRegistry.NotSignedByOwner.selector);
        registry.setOperator(id, operator, NEVER, signature);
    }

    function test_an_owner_can_be_a_contract() public {
        DeviceRegistry.Registration memory r = registration(BATTERY, 1);

        r.owner = address(new Wallet(owner));
        bytes32 digest = digestOf(r);
        (uint8 v, bytes32 x, bytes32 s) = vm.sign(OWNER, digest);
        same(registry.ownerOf(registry.register(r, abi.encode(x, s, v), proofOf(1, digest))), r.owner);
        r.key = ed25519(2);
        vm.expectRevert(DeviceRegistry.NotSignedByOwner.selector);
        registry.register(r, abi.encode(x, s, v), proofOf(2, digest));
    }

    // ---- the asset ------------------------------------------------------------------------------

    function test_an_identity_is_sold_like_any_asset() public {
        uint256 id = register(GATEWAY, 1);

        vm.prank(owner);
        registry.approve(stranger, id);
        yes(registry.mayAct(id, stranger));
        vm.prank(stranger);
        registry.transferFrom(owner, address(0xB0B), id);
        same(registry.ownerOf(id), address(0xB0B));
        same(registry.getApproved(id), address(0));
        same(registry.balanceOf(owner), 0);
        same(registry.balanceOf(address(0xB0B)), 1);
        vm.expectRevert(DeviceRegistry.NotSignedByOwner.selector);
        registry.setOperator(id, stranger, NEVER, signed(OWNER, operatorDigest(id, stranger, 1, NEVER)));
    }

    function test_a_stranger_moves_nothing() public {
        uint256 id = register(BATTERY, 1);

        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(IERC721Errors.ERC721InsufficientApproval.selector, stranger, id)
        );
        registry.transferFrom(owner, stranger, id);
    }

    function test_what_is_not_registered_is_not_there() public {
        bytes memory why = abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 5);

        vm.expectRevert(why);
        registry.identityOf(5);
        vm.expectRevert(why);
        registry.isRevoked(5);
        vm.expectRevert(why);
        registry.mayAct(5, owner);
        vm.expectRevert(why);
        registry.setOperator(5, owner, NEVER, "");
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidOwner.selector, address(0)));
        registry.balanceOf(address(0));
    }

    function test_the_domain_is_what_signers_compute() public view {
        same(registry.domainSeparator(), domain("OpenVPP DeviceRegistry", address(registry)));
        yes(registry.supportsInterface(0x80ac58cd));
    }
}
