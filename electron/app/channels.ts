/** The lines between preload and main: messages of the protocol, a dropped file's path for a token, and that the page has painted. */
export const messageChannel = 'portside:message';
export const replyChannel = 'portside:reply';
export const fileChannel = 'portside:file';
export const paintedChannel = 'portside:painted';
