/**
 * Binary values as they come from the socket and from DataChannels, made into ArrayBuffers.
 *
 * The msgpack parser of Socket.IO sends only ArrayBuffers faithfully: a Uint8Array would silently arrive as an object.
 */

/**
 * @param {ArrayBuffer | ArrayBufferView} value Bytes of any kind.
 * @returns {ArrayBuffer} Exactly these bytes; the same buffer where it holds nothing else.
 * @throws {TypeError} When the value holds no bytes.
 */
export function toArrayBuffer(value) {
  if (value instanceof ArrayBuffer) return value;
  if (ArrayBuffer.isView(value)) {
    const whole = value.byteOffset === 0 && value.byteLength === value.buffer.byteLength;
    if (whole && value.buffer instanceof ArrayBuffer) return value.buffer;
    return value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength);
  }
  throw new TypeError(`${Object.prototype.toString.call(value)} holds no bytes; send an ArrayBuffer`);
}
