/** The lines between preload and main: messages of the protocol, and a dropped file's path for a token. */
export const messageChannel = 'portside:message';
export const replyChannel = 'portside:reply';
export const fileChannel = 'portside:file';
