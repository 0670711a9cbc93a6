// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {vm} from "../script/Vm.sol";
import {DeviceNFT} from "../src/DeviceNFT.sol";
import {DeviceRegistry} from "../src/DeviceRegistry.sol";
import {Base} from "./Base.sol";

contract DeviceNFTTest is Base {
    function setUp() public {
        deploy();
    }

    function uri(DeviceRegistry.Registration memory r) internal view returns (string memory) {
        bytes32 digest = digestOf(r);

        return string.concat(
            "data:application/vnd.openvpp.registration;base64,",
            Base64.encode(abi.encode(r, signed(OWNER, digest), proofOf(1, digest)))
        );
    }

    function test_a_device_is_minted_by_the_public_call() public {
        DeviceRegistry.Registration memory r = registration(BATTERY, 1);
        uint256 id = d.registry.idOf(r.keyType, r.key, owner);

        vm.expectEmit(address(d.deviceNFT));
        emit DeviceNFT.DeviceMinted(id, 12, owner);
        same(d.deviceNFT.mintDevice(owner, 12, uri(r)), id);
        same(d.registry.ownerOf(id), owner);
    }

    function test_a_mint_is_for_its_owner_and_of_its_type() public {
        string memory text = uri(registration(BATTERY, 1));

        vm.expectRevert(abi.encodeWithSelector(DeviceNFT.WrongOwner.selector, owner));
        d.deviceNFT.mintDevice(stranger, 12, text);
        vm.expectRevert(abi.encodeWithSelector(DeviceNFT.WrongType.selector, 11));
        d.deviceNFT.mintDevice(owner, 11, text);
    }

    function test_a_uri_that_is_no_registration_mints_nothing() public {
        vm.expectRevert(DeviceNFT.NotARegistration.selector);
        d.deviceNFT.mintDevice(owner, 12, "data:application/json;base64,e30=");
        vm.expectRevert(DeviceNFT.NotARegistration.selector);
        d.deviceNFT.mintDevice(owner, 12, "");
        vm.expectRevert();
        d.deviceNFT.mintDevice(owner, 12, "data:application/vnd.openvpp.registration;base64,");
    }

    function test_types_are_kinds() public {
        uint8[16] memory kinds = [0, 5, 5, 5, 5, 5, 5, 5, 5, 7, 1, 2, 4, 5, 0, 255];

        for (uint256 typeId = 1; typeId < 16; typeId++) {
            same(d.deviceNFT.kindOf(typeId), kinds[typeId]);
        }
        vm.expectRevert(abi.encodeWithSelector(DeviceNFT.WrongType.selector, 0));
        d.deviceNFT.kindOf(0);
        vm.expectRevert(abi.encodeWithSelector(DeviceNFT.WrongType.selector, 16));
        d.deviceNFT.kindOf(16);
    }

    function test_who_acts_for_a_device_records_its_events() public {
        uint256 id = register(GATEWAY, 1);

        vm.expectEmit(address(d.deviceNFT));
        emit DeviceNFT.DeviceEvent(id, 1, "hash");
        vm.prank(operator);
        d.deviceNFT.recordDeviceEvent(id, 1, "hash");
        vm.prank(owner);
        d.deviceNFT.recordDeviceEvent(id, 2, "");
        vm.prank(stranger);
        vm.expectRevert(DeviceNFT.NotAuthorized.selector);
        d.deviceNFT.recordDeviceEvent(id, 1, "hash");
        vm.startPrank(owner);
        d.registry.revokeKey(DeviceRegistry.Revocation(id, 0, 0, 1, NEVER), "");
        vm.expectRevert(DeviceNFT.NotAuthorized.selector);
        d.deviceNFT.recordDeviceEvent(id, 1, "hash");
    }
}
