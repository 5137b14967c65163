import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { addressIn, freeClusterNetworks, freeNodeCidr } from './addresses.ts';

test('addresses are counted from the beginning of their network, over octets', () => {
  assert.equal(addressIn('10.96.0.0/16', 1), '10.96.0.1');
  assert.equal(addressIn('10.244.0.0/16', 2 * 256), '10.244.2.0');
  assert.equal(addressIn('10.96.255.0/20', 300), '10.97.0.44');
  assert.equal(addressIn('192.168.0.0/16', 255), '192.168.0.255');
});

test('the network for nodes on this machine is none that the machine is in', () => {
  const [base = ''] = freeNodeCidr().split('/');
  const prefix = base.split('.').slice(0, 3).join('.');
  for (const { address } of Object.values(networkInterfaces()).flatMap((each) => each ?? []))
    assert.equal(address.startsWith(`${prefix}.`), false, address);
});

test('the networks of a new cluster are a pair, and none that the machine is in', () => {
  const { podCidr, serviceCidr } = freeClusterNetworks();
  const second = (cidr: string) => Number(cidr.split('.')[1]);
  assert.equal(second(podCidr) - second(serviceCidr), 244 - 96);
  for (const { address } of Object.values(networkInterfaces()).flatMap((each) => each ?? []))
    assert.equal(address.startsWith(`10.${second(podCidr)}.`), false, address);
});
