/**
 * Shapes that come over the wire. Discord docs: Message, Application Commands, Components.
 *
 * @typedef {{id: string, username: string, global_name?: string|null, bot?: boolean,
 *   avatar_color?: string}} User
 * @typedef {{id: string, name: string, type: number, guildName?: string}} Channel
 * @typedef {{id: string, name: string}} Role
 * @typedef {{id: string, name: string, channels: Channel[], roles?: Role[], premium_tier?: number}} Guild
 * @typedef {{id: string, filename: string, size: number, url: string, content_type?: string,
 *   width?: number, height?: number, duration_secs?: number, description?: string}} Attachment
 * @typedef {{name: string, value: string, inline?: boolean}} EmbedField
 * @typedef {{title?: string, description?: string, url?: string, color?: number,
 *   timestamp?: string, fields?: EmbedField[], author?: {name: string, url?: string},
 *   footer?: {text: string}, image?: {url: string}, thumbnail?: {url: string}}} Embed
 * @typedef {{type: number, id?: number, custom_id?: string, label?: string, style?: number,
 *   url?: string, disabled?: boolean, emoji?: {name?: string, id?: string|null},
 *   components?: Component[], component?: Component, options?: any[], placeholder?: string,
 *   min_values?: number, max_values?: number, min_length?: number, max_length?: number,
 *   required?: boolean, value?: any, description?: string, content?: string,
 *   default?: boolean, default_values?: any[], channel_types?: number[], accessory?: Component,
 *   items?: any[], media?: {url: string}, file?: {url: string}, accent_color?: number}} Component
 * @typedef {{id: string, channel_id: string, type: number, content: string, author: User,
 *   timestamp: string, edited_timestamp?: string|null, flags?: number, embeds?: Embed[],
 *   attachments?: Attachment[], components?: Component[], mentions?: User[],
 *   message_reference?: any, referenced_message?: Message|null,
 *   interaction_metadata?: any}} Message
 * @typedef {{type: number, name: string, description: string, required?: boolean,
 *   choices?: {name: string, value: any}[], autocomplete?: boolean, min_value?: number,
 *   max_value?: number, min_length?: number, max_length?: number, channel_types?: number[],
 *   options?: Option[]}} Option
 * @typedef {{id: string, type: number, name: string, description: string,
 *   options?: Option[]}} Command
 */

export const FLAG = { SUPPRESS_EMBEDS: 1 << 2, EPHEMERAL: 1 << 6, LOADING: 1 << 7 };

export const OPTION = {
  SUBCOMMAND: 1, GROUP: 2, STRING: 3, INTEGER: 4, BOOLEAN: 5, USER: 6, CHANNEL: 7, ROLE: 8,
  MENTIONABLE: 9, NUMBER: 10, ATTACHMENT: 11,
};

export const PART = {
  ROW: 1, BUTTON: 2, STRING_SELECT: 3, TEXT_INPUT: 4, USER_SELECT: 5, ROLE_SELECT: 6,
  MENTIONABLE_SELECT: 7, CHANNEL_SELECT: 8, SECTION: 9, TEXT: 10, THUMBNAIL: 11, GALLERY: 12,
  FILE: 13, SEPARATOR: 14, CONTAINER: 17, LABEL: 18, FILE_UPLOAD: 19, RADIO_GROUP: 21,
  CHECKBOX_GROUP: 22, CHECKBOX: 23,
};

/** @param {Role} role */
export function roleName(role) {
  return role.name.startsWith("@") ? role.name : `@${role.name}`;
}

/** @param {User | undefined | null} user */
export function nameOf(user) {
  return user?.global_name || user?.username || "somebody";
}
