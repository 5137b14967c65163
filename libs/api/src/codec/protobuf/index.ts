export { createProtobufCodec, PROTOBUF_MEDIA_TYPE, type ProtobufCodec } from './codec.ts';
