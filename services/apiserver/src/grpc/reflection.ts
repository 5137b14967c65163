/**
 * gRPC server reflection (grpc.reflection.v1 and v1alpha, which are the same messages): lets tools such as grpcurl
 * call the door without having the .proto files.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import {
  type DescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { type ServerDuplexStream, type ServiceDefinition, status } from '@grpc/grpc-js';
import type { GrpcService } from './listener.ts';

type Question =
  | { readonly kind: 'file' | 'symbol' | 'extensionsOf'; readonly name: string }
  | { readonly kind: 'extension'; readonly name: string; readonly number: number }
  | { readonly kind: 'services' };

interface Asked {
  readonly host: string;
  readonly question: Question | undefined;
  readonly bytes: Uint8Array;
}

/** Descriptors by file and by the full name of everything in them. */
export class Descriptors {
  readonly services: readonly string[];
  readonly #files = new Map<string, FileDescriptorProto>();
  readonly #bySymbol = new Map<string, FileDescriptorProto>();
  /** Message that is extended → field number → file. */
  readonly #extensions = new Map<string, Map<number, FileDescriptorProto>>();

  /** @param image a serialized FileDescriptorSet. @param services full names of those that are served. @param more files that are not in the image. */
  constructor(image: Uint8Array, services: readonly string[], more: readonly FileDescriptorProto[] = []) {
    this.services = services;
    for (const file of [...fromBinary(FileDescriptorSetSchema, image).file, ...more]) {
      this.#files.set(file.name, file);
      const at = file.package === '' ? '' : `${file.package}.`;
      for (const message of file.messageType) this.#addMessage(file, at, message);
      for (const one of file.enumType) this.#bySymbol.set(`${at}${one.name}`, file);
      for (const service of file.service) {
        this.#bySymbol.set(`${at}${service.name}`, file);
        for (const method of service.method) this.#bySymbol.set(`${at}${service.name}.${method.name}`, file);
      }
      for (const extension of file.extension) {
        this.#bySymbol.set(`${at}${extension.name}`, file);
        const extended = extension.extendee.replace(/^\./, '');
        const numbers = this.#extensions.get(extended) ?? new Map<number, FileDescriptorProto>();
        this.#extensions.set(extended, numbers.set(extension.number, file));
      }
    }
  }

  file(name: string): readonly Uint8Array[] | undefined {
    const file = this.#files.get(name);
    return file && this.#withImports(file);
  }

  symbol(name: string): readonly Uint8Array[] | undefined {
    const file = this.#bySymbol.get(name);
    return file && this.#withImports(file);
  }

  extension(name: string, number: number): readonly Uint8Array[] | undefined {
    const file = this.#extensions.get(name)?.get(number);
    return file && this.#withImports(file);
  }

  extensionsOf(name: string): readonly number[] | undefined {
    if (!this.#bySymbol.has(name) && !this.#extensions.has(name)) return undefined;
    return [...(this.#extensions.get(name)?.keys() ?? [])];
  }

  #addMessage(file: FileDescriptorProto, prefix: string, message: DescriptorProto): void {
    const name = `${prefix}${message.name}`;
    this.#bySymbol.set(name, file);
    for (const nested of message.nestedType) this.#addMessage(file, `${name}.`, nested);
    for (const one of message.enumType) this.#bySymbol.set(`${name}.${one.name}`, file);
  }

  /** A file with all that it imports, itself first. */
  #withImports(file: FileDescriptorProto): readonly Uint8Array[] {
    const all = new Set([file]);
    for (const one of all) {
      for (const name of one.dependency) {
        const imported = this.#files.get(name);
        if (imported) all.add(imported);
      }
    }
    return [...all].map((one) => toBinary(FileDescriptorProtoSchema, one, { writeUnknownFields: false }));
  }
}

/** Reads the compiled descriptors of the API. */
export function apiDescriptors(
  services: readonly string[],
  more: readonly FileDescriptorProto[] = [],
): Descriptors {
  const file = fileURLToPath(import.meta.resolve('@reckon/proto/image.binpb'));
  return new Descriptors(readFileSync(file), services, more);
}

/** Both versions of the service. `descriptors` is called when somebody first asks. */
export function reflectionServices(descriptors: () => Descriptors): readonly GrpcService[] {
  let known: Descriptors | undefined;
  const handle = (call: ServerDuplexStream<Asked, Buffer>) => {
    call.on('data', (asked: Asked) => {
      known ??= descriptors();
      call.write(answer(known, asked));
    });
    call.on('end', () => call.end());
  };
  return ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'].map((name) => ({
    definition: {
      ServerReflectionInfo: {
        path: `/${name}/ServerReflectionInfo`,
        requestStream: true,
        responseStream: true,
        requestSerialize: ({ bytes }: Asked) => Buffer.from(bytes),
        requestDeserialize: parse,
        responseSerialize: (bytes: Buffer) => bytes,
        responseDeserialize: (bytes: Buffer) => bytes,
      },
    } satisfies ServiceDefinition,
    implementation: { ServerReflectionInfo: handle },
  }));
}

function parse(bytes: Buffer): Asked {
  const reader = new BinaryReader(bytes);
  let host = '';
  let question: Question | undefined;
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1) host = reader.string();
    else if (field === 3) question = { kind: 'file', name: reader.string() };
    else if (field === 4) question = { kind: 'symbol', name: reader.string() };
    else if (field === 5) question = extensionQuestion(reader.bytes());
    else if (field === 6) question = { kind: 'extensionsOf', name: reader.string() };
    else if (field === 7) {
      reader.string();
      question = { kind: 'services' };
    } else reader.skip(wireType, field);
  }
  return { host, question, bytes };
}

function extensionQuestion(bytes: Uint8Array): Question {
  const reader = new BinaryReader(bytes);
  let name = '';
  let number = 0;
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1) name = reader.string();
    else if (field === 2) number = reader.int32();
    else reader.skip(wireType, field);
  }
  return { kind: 'extension', name, number };
}

function answer(descriptors: Descriptors, { host, question, bytes }: Asked): Buffer {
  const writer = new BinaryWriter();
  if (host !== '') writer.tag(1, 2).string(host);
  writer.tag(2, 2).bytes(bytes);
  switch (question?.kind) {
    case 'services': {
      writer.tag(6, 2).fork();
      for (const name of descriptors.services) writer.tag(1, 2).fork().tag(1, 2).string(name).join();
      writer.join();
      break;
    }
    case 'file':
      files(writer, descriptors.file(question.name), question.name);
      break;
    case 'symbol':
      files(writer, descriptors.symbol(question.name), question.name);
      break;
    case 'extension':
      files(writer, descriptors.extension(question.name, question.number), question.name);
      break;
    case 'extensionsOf': {
      const numbers = descriptors.extensionsOf(question.name);
      if (!numbers) {
        refuse(writer, status.NOT_FOUND, `${question.name} not found`);
        break;
      }
      writer.tag(5, 2).fork().tag(1, 2).string(question.name);
      for (const number of numbers) writer.tag(2, 0).int32(number);
      writer.join();
      break;
    }
    case undefined:
      refuse(writer, status.INVALID_ARGUMENT, 'the request asks nothing that is known');
      break;
  }
  return Buffer.from(writer.finish());
}

function files(writer: BinaryWriter, found: readonly Uint8Array[] | undefined, name: string): void {
  if (!found) {
    refuse(writer, status.NOT_FOUND, `${name} not found`);
    return;
  }
  writer.tag(4, 2).fork();
  for (const file of found) writer.tag(1, 2).bytes(file);
  writer.join();
}

function refuse(writer: BinaryWriter, code: number, message: string): void {
  writer.tag(7, 2).fork().tag(1, 0).int32(code).tag(2, 2).string(message).join();
}
